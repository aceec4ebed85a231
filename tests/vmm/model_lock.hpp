// SPDX-License-Identifier: GPL-2.0-only
// The lock around the host model. Whoever changes the bus holds it alone; threads that serve an open channel share
// it. Who waits to hold it alone goes before those who come later to share it, however busy the channels are:
// so nobody may take it twice.
#ifndef VMM_MODEL_LOCK_HPP
#define VMM_MODEL_LOCK_HPP

#include <mutex>
#include <shared_mutex>

#include <pthread.h>

namespace vmm {

class ModelLock {
public:
    ModelLock() {
        pthread_rwlockattr_t attributes;
        pthread_rwlockattr_init(&attributes);
        pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        pthread_rwlock_init(&lock_, &attributes);
        pthread_rwlockattr_destroy(&attributes);
    }
    ~ModelLock() { pthread_rwlock_destroy(&lock_); }
    ModelLock(const ModelLock&) = delete;
    ModelLock& operator=(const ModelLock&) = delete;

    void lock() { pthread_rwlock_wrlock(&lock_); }
    void unlock() { pthread_rwlock_unlock(&lock_); }
    void lock_shared() { pthread_rwlock_rdlock(&lock_); }
    void unlock_shared() { pthread_rwlock_unlock(&lock_); }

private:
    pthread_rwlock_t lock_;
};

typedef std::unique_lock<ModelLock> Alone;
typedef std::shared_lock<ModelLock> Sharing;

} // namespace vmm

#endif
