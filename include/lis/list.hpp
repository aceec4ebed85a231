// SPDX-License-Identifier: GPL-2.0-only
// Intrusive doubly linked list. An element derives from ListLink<Tag>; one that is
// on two lists at once derives from two links with different tags:
//
//     struct Channel : ListLink<Channel>, ListLink<ByDevice> {};
//     List<Channel> channels;  List<Channel, ByDevice> of_device;
//
// A list neither owns nor locks. Adding what is linked, or removing from another
// list than the one it is on, is the caller's mistake. All zero is an empty list,
// so a static one needs no constructor call at load time.
#ifndef LIS_LIST_HPP
#define LIS_LIST_HPP

#include <lis/types.h>

namespace lis {

template <typename T, typename Tag>
class List;

template <typename Tag>
class ListLink {
public:
    constexpr ListLink() : next_(nullptr), previous_(nullptr), list_(nullptr) {}
    ListLink(const ListLink&) = delete;
    ListLink& operator=(const ListLink&) = delete;

    bool linked() const { return list_ != nullptr; }

private:
    template <typename T, typename U>
    friend class List;

    ListLink* next_;
    ListLink* previous_;
    const void* list_; // the list it is on
};

template <typename T, typename Tag = T>
class List {
    typedef ListLink<Tag> Link;

public:
    constexpr List() : first_(nullptr), last_(nullptr) {}
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    // Must not be used on after its element was removed; see for_each().
    class Iterator {
    public:
        explicit Iterator(Link* link) : link_(link) {}
        T& operator*() const { return *static_cast<T*>(link_); }
        Iterator& operator++() {
            link_ = link_->next_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return link_ != other.link_; }

    private:
        Link* link_;
    };

    Iterator begin() const { return Iterator(first_); }
    Iterator end() const { return Iterator(nullptr); }

    bool empty() const { return first_ == nullptr; }
    bool contains(const T& element) const { return static_cast<const Link&>(element).list_ == this; }
    T* first() const { return static_cast<T*>(first_); }
    T* next(const T& element) const { return static_cast<T*>(static_cast<const Link&>(element).next_); }

    void push_back(T& element) {
        Link& link = element;
        link.list_ = this;
        link.previous_ = last_;
        link.next_ = nullptr;
        if (last_ != nullptr)
            last_->next_ = &link;
        else
            first_ = &link;
        last_ = &link;
    }

    void push_front(T& element) {
        Link& link = element;
        link.list_ = this;
        link.previous_ = nullptr;
        link.next_ = first_;
        if (first_ != nullptr)
            first_->previous_ = &link;
        else
            last_ = &link;
        first_ = &link;
    }

    void remove(T& element) {
        Link& link = element;
        if (link.previous_ != nullptr)
            link.previous_->next_ = link.next_;
        else
            first_ = link.next_;
        if (link.next_ != nullptr)
            link.next_->previous_ = link.previous_;
        else
            last_ = link.previous_;
        link.next_ = nullptr;
        link.previous_ = nullptr;
        link.list_ = nullptr;
    }

    // nullptr when empty.
    T* pop_front() {
        T* const element = first();
        if (element != nullptr)
            remove(*element);
        return element;
    }

    // visit(T&) may remove, and free, the element that it was given, and no other.
    template <typename F>
    void for_each(F visit) {
        Link* link = first_;
        while (link != nullptr) {
            Link* const after = link->next_;
            visit(*static_cast<T*>(link));
            link = after;
        }
    }

private:
    Link* first_;
    Link* last_;
};

} // namespace lis

#endif
