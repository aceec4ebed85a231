// SPDX-License-Identifier: GPL-2.0-only
// Key-value pairs, addresses and file copy against good and bad guests (protocol.md 4.6, 4.8).
#include "bus/ic_guest.hpp"
#include "host/ic/ic_file_copy.hpp"
#include "host/ic/ic_kvp.hpp"
#include "host/ic/ic_text.hpp"

#include <gtest/gtest.h>

using bus_test::IcGuest;
using bus_test::IcRequest;
using bus_test::Outcome;
using bus_test::World;
using host::FileCopyService;
using host::FileCopyState;
using host::IcOutcome;
using host::KvpItem;
using host::KvpService;
using hyperv::KvpOperation;
using hyperv::KvpPool;
using hyperv::KvpType;

namespace {

template <typename Service>
void with_service(host::ServiceVersion version, const std::function<void(Service&, IcGuest&)>& body) {
    World world(bus_test::WorldOptions{});
    auto service = std::make_shared<Service>(world.link);
    world.bus.add_device(service);
    world.run_connected([&] {
        IcGuest guest(world.devices.at(0)->channel);
        ASSERT_TRUE(guest.accept(version));
        body(*service, guest);
    });
}

std::string text_of(const unsigned char* from, size_t size) {
    std::string text;
    EXPECT_TRUE(host::get_text(from, size, &text));
    return text;
}

} // namespace

// ---- texts ----

TEST(IcText, GoesThereAndBack) {
    for (const std::string text : {"", "a", "grün", "\xE2\x82\xAC", "\xF0\x9F\x8D\x83!"}) {
        unsigned char wire[64];
        const size_t used = host::put_text(wire, sizeof wire, text);
        EXPECT_EQ(used, host::text_bytes(text));
        EXPECT_EQ(text_of(wire, used), text);
    }
    EXPECT_EQ(host::text_bytes("\xF0\x9F\x8D\x83"), 6u);
}

TEST(IcText, IsCutBetweenCharacters) {
    unsigned char wire[6] = {1, 1, 1, 1, 1, 1};
    EXPECT_EQ(host::put_text(wire, 6, "abc"), 6u);
    EXPECT_EQ(text_of(wire, 6), "ab");
    EXPECT_EQ(host::put_text(wire, 6, "a\xF0\x9F\x8D\x83"), 4u);
    EXPECT_EQ(text_of(wire, 6), "a");
}

TEST(IcText, BadBytesDoNoHarm) {
    unsigned char wire[64];
    for (const std::string text : {"\xFF", "\xC3", "\xE2\x82", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80"}) {
        const size_t used = host::put_text(wire, sizeof wire, text);
        EXPECT_EQ(text_of(wire, used).substr(0, 3), "\xEF\xBF\xBD");
    }
    std::string out;
    const unsigned char open_end[] = {'a', 0, 'b', 0}, lone[] = {0, 0xDC, 0, 0}, half[] = {0, 0xD8, 0, 0}, odd[] = {'a'};
    EXPECT_FALSE(host::get_text(open_end, sizeof open_end, &out));
    EXPECT_FALSE(host::get_text(lone, sizeof lone, &out));
    EXPECT_FALSE(host::get_text(half, sizeof half, &out));
    EXPECT_FALSE(host::get_text(odd, sizeof odd, &out));
}

// ---- key-value pairs ----

TEST(IcKvp, SetsTextsAndNumbers) {
    with_service<KvpService>({4, 0}, [](KvpService& kvp, IcGuest& guest) {
        Outcome outcome;
        kvp.set(KvpPool::External, {KvpType::String, "colour", "grün"}, outcome.record());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        EXPECT_EQ(request.message()->ic.size.get(), hyperv::kKvpBodyBytes);
        const auto* body = request.body<hyperv::KvpExchange>();
        EXPECT_EQ(body->header.operation, static_cast<unsigned char>(KvpOperation::Set));
        EXPECT_EQ(body->header.pool, 0);
        EXPECT_EQ(body->value.type.get(), 1u);
        EXPECT_EQ(body->value.key_size.get(), 14u);
        EXPECT_EQ(body->value.value_size.get(), 10u);
        EXPECT_EQ(text_of(body->value.key, 14), "colour");
        EXPECT_EQ(text_of(body->value.value, 10), "grün");
        guest.answer(request);

        kvp.set(KvpPool::External, {KvpType::U32, "n", "4294967295"}, outcome.record());
        request = guest.receive();
        body = request.body<hyperv::KvpExchange>();
        EXPECT_EQ(body->value.type.get(), 4u);
        EXPECT_EQ(body->value.value_size.get(), 4u);
        EXPECT_EQ(body->value.value[3], 0xFF);
        guest.answer(request);

        kvp.set(KvpPool::External, {KvpType::U64, "n", "4294967296"}, outcome.record());
        request = guest.receive();
        body = request.body<hyperv::KvpExchange>();
        EXPECT_EQ(body->value.type.get(), 11u);
        EXPECT_EQ(body->value.value_size.get(), 8u);
        EXPECT_EQ(body->value.value[4], 1);
        guest.answer(request, hyperv::kIcFail);
        lis_os_sleep_ms(1);
        EXPECT_EQ(outcome.times, 3);
        EXPECT_EQ(outcome.answer.status, hyperv::kIcFail);
        EXPECT_TRUE(kvp.violations().empty());
    });
}

TEST(IcKvp, KnowsWhatCannotBeSent) {
    EXPECT_EQ(KvpService::fault({KvpType::String, std::string(255, 'k'), std::string(1023, 'v')}), "");
    EXPECT_NE(KvpService::fault({KvpType::String, std::string(256, 'k'), ""}), "");
    EXPECT_NE(KvpService::fault({KvpType::String, "k", std::string(1024, 'v')}), "");
    EXPECT_NE(KvpService::fault({KvpType::String, "", "v"}), "");
    EXPECT_EQ(KvpService::fault({KvpType::U32, "k", "4294967295"}), "");
    EXPECT_NE(KvpService::fault({KvpType::U32, "k", "4294967296"}), "");
    EXPECT_EQ(KvpService::fault({KvpType::U64, "k", "18446744073709551615"}), "");
    EXPECT_NE(KvpService::fault({KvpType::U64, "k", "18446744073709551616"}), "");
    EXPECT_NE(KvpService::fault({KvpType::U32, "k", "-1"}), "");
    EXPECT_NE(KvpService::fault({KvpType::U32, "k", ""}), "");
}

TEST(IcKvp, DeletesAKey) {
    with_service<KvpService>({3, 0}, [](KvpService& kvp, IcGuest& guest) {
        Outcome outcome;
        kvp.remove(KvpPool::AutoExternal, "gone", outcome.record());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        const auto* const body = request.body<hyperv::KvpDelete>();
        EXPECT_EQ(body->header.operation, static_cast<unsigned char>(KvpOperation::Delete));
        EXPECT_EQ(body->header.pool, 3);
        EXPECT_EQ(body->key_size.get(), 10u);
        EXPECT_EQ(text_of(body->key, 10), "gone");
        guest.answer(request, hyperv::kIcNoMoreItems);
        lis_os_sleep_ms(1);
        EXPECT_FALSE(outcome.answer.ok());
    });
}

namespace {

// Answers an enumeration with that item, or a changed one.
void answer_item(IcGuest& guest, uint32_t index, const KvpItem& item,
                 const std::function<void(hyperv::KvpValue&)>& change = nullptr) {
    IcRequest request = guest.receive();
    ASSERT_TRUE(request);
    auto* const body = request.body<hyperv::KvpEnumerate>();
    EXPECT_EQ(body->header.operation, static_cast<unsigned char>(KvpOperation::Enumerate));
    EXPECT_EQ(body->index.get(), index);
    hyperv::KvpValue& value = body->value;
    value.type.set(static_cast<uint32_t>(item.type));
    value.key_size.set(static_cast<uint32_t>(host::put_text(value.key, sizeof value.key, item.key)));
    value.value_size.set(static_cast<uint32_t>(host::put_text(value.value, sizeof value.value, item.value)));
    if (change) change(value);
    guest.answer(request);
    lis_os_sleep_ms(1);
}

struct Listing {
    int times = 0;
    host::IcAnswer answer;
    std::vector<KvpItem> items;
    KvpService::ItemsDone record() {
        return [this](const host::IcAnswer& given, const std::vector<KvpItem>& found) {
            times++;
            answer = given;
            items = found;
        };
    }
};

} // namespace

TEST(IcKvp, ListsAPool) {
    with_service<KvpService>({4, 0}, [](KvpService& kvp, IcGuest& guest) {
        Listing listing;
        kvp.list(KvpPool::Guest, listing.record());
        answer_item(guest, 0, {KvpType::String, "fruit", "apple"});
        answer_item(guest, 1, {KvpType::String, std::string(255, 'k'), std::string(1023, 'v')});
        answer_item(guest, 2, {KvpType::U64Linux, "n", ""}, [](hyperv::KvpValue& value) {
            memset(value.value, 0, 8);
            value.value[0] = 42;
            value.value_size.set(8);
        });
        IcRequest last = guest.receive();
        ASSERT_TRUE(last);
        guest.answer(last, hyperv::kIcNoMoreItems);
        lis_os_sleep_ms(1);
        ASSERT_EQ(listing.times, 1);
        EXPECT_TRUE(listing.answer.ok());
        ASSERT_EQ(listing.items.size(), 3u);
        EXPECT_EQ(listing.items[0].value, "apple");
        EXPECT_EQ(listing.items[1].key.size(), 255u);
        EXPECT_EQ(listing.items[2].type, KvpType::U64);
        EXPECT_EQ(listing.items[2].value, "42");
        EXPECT_TRUE(kvp.violations().empty());
    });
}

TEST(IcKvp, RecordsItemsThatMakeNoSense) {
    const std::function<void(hyperv::KvpValue&)> faults[] = {
        [](hyperv::KvpValue& value) { value.key_size.set(513); },
        [](hyperv::KvpValue& value) { value.value_size.set(0xFFFFFFFF); },
        [](hyperv::KvpValue& value) { memset(value.key, 'x', sizeof value.key), value.key_size.set(512); },
        [](hyperv::KvpValue& value) { value.value_size.set(2); },
        [](hyperv::KvpValue& value) { value.type.set(99); },
        [](hyperv::KvpValue& value) { value.type.set(4); },
        [](hyperv::KvpValue& value) { value.value[1] = 0xDC; },
    };
    for (const auto& fault : faults) {
        with_service<KvpService>({4, 0}, [&fault](KvpService& kvp, IcGuest& guest) {
            Listing listing;
            kvp.list(KvpPool::Guest, listing.record());
            answer_item(guest, 0, {KvpType::String, "key", "value"}, fault);
            EXPECT_EQ(listing.times, 1);
            EXPECT_EQ(listing.answer.outcome, IcOutcome::Unusable);
            EXPECT_EQ(kvp.violations().size(), 1u);
        });
    }
}

// What hv_utils does without a look at the result: an answer that finds no space is lost.
TEST(IcKvp, AsksOnlyWhenThereIsSpaceForTheAnswer) {
    with_service<KvpService>({4, 0}, [](KvpService& kvp, IcGuest& guest) {
        bool space = false;
        kvp.get(KvpPool::Guest, "a", [&](const host::IcAnswer&, const KvpItem&) { space = guest.all_read(); });
        guest.answer(guest.receive());
        lis_os_sleep_ms(1);
        EXPECT_TRUE(space);
    });
}

TEST(IcKvp, CarriesAddresses) {
    with_service<KvpService>({4, 0}, [](KvpService& kvp, IcGuest& guest) {
        EXPECT_TRUE(kvp.knows_addresses());
        Outcome set;
        kvp.set_addresses({"{net}", hyperv::KvpFamily::V4, false, "10.0.0.2;10.0.0.3", "255.0.0.0", "10.0.0.1", "9.9.9.9"}, set.record());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        auto* body = request.body<hyperv::KvpIpInfo>();
        EXPECT_EQ(body->header.operation, static_cast<unsigned char>(KvpOperation::SetIpInfo));
        EXPECT_EQ(text_of(body->adapter, sizeof body->adapter), "{net}");
        EXPECT_EQ(text_of(body->addresses, sizeof body->addresses), "10.0.0.2;10.0.0.3");
        EXPECT_EQ(text_of(body->name_servers, sizeof body->name_servers), "9.9.9.9");
        EXPECT_EQ(body->family, 1);
        guest.answer(request);

        host::KvpAddresses found;
        kvp.get_addresses("{net}", [&](const host::IcAnswer& answer, const host::KvpAddresses& given) {
            EXPECT_TRUE(answer.ok());
            found = given;
        });
        request = guest.receive();
        ASSERT_TRUE(request);
        body = request.body<hyperv::KvpIpInfo>();
        host::put_text(body->addresses, sizeof body->addresses, "fe80::1");
        body->family = 2;
        body->dhcp = 1;
        memset(body->gateways, 'x', sizeof body->gateways); // without an end
        guest.answer(request);
        lis_os_sleep_ms(1);
        EXPECT_EQ(found.addresses, "fe80::1");
        EXPECT_EQ(found.family, hyperv::KvpFamily::V6);
        EXPECT_TRUE(found.dhcp);
        EXPECT_EQ(kvp.violations().size(), 1u);
    });
    with_service<KvpService>({5, 0}, [](KvpService& kvp, IcGuest&) { EXPECT_FALSE(kvp.knows_addresses()); });
}

// ---- file copy ----

namespace {

unsigned char byte_at(uint64_t offset) { return static_cast<unsigned char>(offset * 7 + (offset >> 8)); }

host::FileCopyJob job_of(uint64_t size) {
    host::FileCopyJob job;
    job.name = "file";
    job.path = "/tmp/";
    job.size = size;
    job.read = [](uint64_t offset, void* to, size_t bytes) {
        for (size_t i = 0; i < bytes; i++) static_cast<unsigned char*>(to)[i] = byte_at(offset + i);
        return true;
    };
    return job;
}

hyperv::FileCopyOperation operation_of(IcRequest& request) {
    return static_cast<hyperv::FileCopyOperation>(request.body<hyperv::FileCopyHeader>()->operation.get());
}

// Takes what the host sends and answers well, until the copy has ended or a status is due.
struct Receiver {
    std::vector<unsigned char> file;
    std::vector<hyperv::FileCopyOperation> ends; // other than Write
    uint64_t fail_at = UINT64_MAX;               // a Write of that offset
    uint32_t fail_with = hyperv::kIcDiskFull;

    void run(IcGuest& guest, FileCopyService& service) {
        while (service.copy_state() == FileCopyState::Copying) {
            IcRequest request = guest.receive();
            ASSERT_TRUE(request);
            uint32_t status = hyperv::kIcOk;
            if (operation_of(request) == hyperv::FileCopyOperation::Write) {
                const auto* const body = request.body<hyperv::FileCopyWrite>();
                EXPECT_EQ(body->offset.get(), file.size());
                ASSERT_LE(body->size.get(), hyperv::kFileCopyChunkBytes);
                if (body->offset.get() == fail_at) status = fail_with;
                else file.insert(file.end(), body->data, body->data + body->size.get());
            } else {
                ends.push_back(operation_of(request));
            }
            guest.answer(request, status);
            lis_os_sleep_ms(1);
        }
    }
};

using Op = hyperv::FileCopyOperation;

} // namespace

TEST(IcFileCopy, BringsAFilePieceByPiece) {
    for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{6144}, uint64_t{6145}, uint64_t{1} << 20}) {
        with_service<FileCopyService>({1, 1}, [size](FileCopyService& fcopy, IcGuest& guest) {
            int ended = 0;
            ASSERT_EQ(fcopy.fault(job_of(size)), "");
            fcopy.start(job_of(size), [&] { ended++; });
            EXPECT_NE(fcopy.fault(job_of(size)), "") << "two copies at a time";
            Receiver receiver;
            receiver.run(guest, fcopy);
            EXPECT_EQ(fcopy.copy_state(), FileCopyState::Done);
            EXPECT_EQ(ended, 1);
            EXPECT_EQ(receiver.ends, (std::vector<Op>{Op::Start, Op::Complete}));
            ASSERT_EQ(receiver.file.size(), size);
            for (uint64_t i = 0; i < size; i++) ASSERT_EQ(receiver.file[i], byte_at(i)) << i;
            EXPECT_EQ(fcopy.copied(), size);
            EXPECT_TRUE(fcopy.violations().empty());
        });
    }
}

TEST(IcFileCopy, SaysWhereAndHow) {
    with_service<FileCopyService>({1, 1}, [](FileCopyService& fcopy, IcGuest& guest) {
        host::FileCopyJob job = job_of(uint64_t{5} << 32);
        job.flags = hyperv::kFileCopyOverwrite | hyperv::kFileCopyCreatePath;
        fcopy.start(job, [] {});
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        EXPECT_EQ(request.type(), hyperv::IcType::FileCopy);
        const auto* const body = request.body<hyperv::FileCopyStart>();
        EXPECT_EQ(text_of(body->file_name, sizeof body->file_name), "file");
        EXPECT_EQ(text_of(body->path_name, sizeof body->path_name), "/tmp/");
        EXPECT_EQ(body->flags.get(), 3u);
        EXPECT_EQ(body->size.get(), uint64_t{5} << 32);
        guest.answer(request, hyperv::kIcExists);
        lis_os_sleep_ms(1);
        EXPECT_EQ(fcopy.copy_state(), FileCopyState::Failed);
        EXPECT_EQ(fcopy.reason(), "0x80070050");
        EXPECT_FALSE(guest.receive()) << "what has not begun is cancelled";
        job.name = std::string(260, 'n');
        EXPECT_NE(fcopy.fault(job), "");
        job.name = "";
        EXPECT_NE(fcopy.fault(job), "");
    });
}

TEST(IcFileCopy, CancelsWhenTheGuestsDiskIsFull) {
    with_service<FileCopyService>({1, 1}, [](FileCopyService& fcopy, IcGuest& guest) {
        fcopy.start(job_of(100000), [] {});
        Receiver receiver;
        receiver.fail_at = 2 * 6144;
        receiver.run(guest, fcopy);
        EXPECT_EQ(fcopy.copy_state(), FileCopyState::Failed);
        EXPECT_EQ(fcopy.reason(), "0x80070070");
        EXPECT_EQ(fcopy.copied(), 2u * 6144);
        EXPECT_EQ(receiver.ends, (std::vector<Op>{Op::Start, Op::Cancel}));
    });
}

TEST(IcFileCopy, CancelsBehindThePieceThatIsUnderWay) {
    with_service<FileCopyService>({1, 1}, [](FileCopyService& fcopy, IcGuest& guest) {
        fcopy.cancel(); // nothing to cancel
        fcopy.start(job_of(100000), [] {});
        guest.answer(guest.receive());
        IcRequest piece = guest.receive();
        ASSERT_TRUE(piece);
        fcopy.cancel();
        EXPECT_FALSE(guest.receive()) << "two messages are under way";
        guest.answer(piece);
        Receiver receiver;
        receiver.run(guest, fcopy);
        EXPECT_EQ(fcopy.copy_state(), FileCopyState::Cancelled);
        EXPECT_EQ(receiver.ends, (std::vector<Op>{Op::Cancel}));
    });
}

TEST(IcFileCopy, CancelsWhatItCannotRead) {
    with_service<FileCopyService>({1, 1}, [](FileCopyService& fcopy, IcGuest& guest) {
        host::FileCopyJob job = job_of(100000);
        job.read = [](uint64_t offset, void*, size_t) { return offset == 0; };
        fcopy.start(job, [] {});
        Receiver receiver;
        receiver.run(guest, fcopy);
        EXPECT_EQ(fcopy.copy_state(), FileCopyState::Failed);
        EXPECT_EQ(receiver.ends, (std::vector<Op>{Op::Start, Op::Cancel}));
    });
}

TEST(IcFileCopy, EndsWithTheChannel) {
    World world(bus_test::WorldOptions{});
    auto fcopy = std::make_shared<FileCopyService>(world.link);
    world.bus.add_device(fcopy);
    world.run_connected([&] {
        int ended = 0;
        {
            IcGuest guest(world.devices.at(0)->channel);
            ASSERT_TRUE(guest.accept({1, 1}));
            fcopy->start(job_of(100000), [&] { ended++; });
            guest.answer(guest.receive());
            ASSERT_TRUE(guest.receive());
        }
        EXPECT_EQ(ended, 1);
        EXPECT_EQ(fcopy->copy_state(), FileCopyState::Failed);
        EXPECT_EQ(fcopy->reason(), "closed");
    });
}
