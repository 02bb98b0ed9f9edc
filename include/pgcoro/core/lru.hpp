#pragma once

#include <cstddef>
#include <functional>
#include <utility>

namespace pgcoro {

/// A map that forgets what was not used for longest. Keys may be views into their values: they are
/// never looked at after their value is gone. Of nodes of its own: std::list and
/// std::unordered_map are three hundred functions to compile, this is fifteen.
template <class Key, class Value, class Hash = std::hash<Key>>
class lru
{
public:
    explicit lru(std::size_t capacity) noexcept : capacity_{capacity} {}
    lru(lru const&) = delete;
    lru& operator=(lru const&) = delete;
    ~lru()
    {
        clear();
        delete[] buckets_;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// The value, which is now the most recently used; or null.
    [[nodiscard]] Value* find(Key const& key)
    {
        if (newest_ == nullptr)
            return nullptr;
        // The same as last time, which is what a loop asks for, needs no hashing.
        if (newest_->key == key)
            return &newest_->value;
        node* const found = *place_of(key, Hash{}(key));
        if (found == nullptr)
            return nullptr;
        unlink(*found);
        link(*found);
        return &found->value;
    }

    /// Adds what is not there yet. It is for the caller to evict what exceeds the capacity.
    void insert(Key key, Value value)
    {
        if (size_ == bucket_count_)
            grow();
        node* const added = new node{std::move(key), std::move(value)};
        added->hash = Hash{}(added->key);
        link(*added);
        node*& bucket = bucket_of(added->hash);
        added->chained = bucket;
        bucket = added;
        ++size_;
    }

    /// Takes out what was not used for longest; a default-made value if there is nothing.
    Value evict()
    {
        Value evicted{};
        if (oldest_ != nullptr) {
            evicted = oldest_->value;
            drop(place_of(oldest_->key, oldest_->hash));
        }
        return evicted;
    }

    bool erase(Key const& key)
    {
        if (size_ == 0)
            return false;
        node** const place = place_of(key, Hash{}(key));
        if (*place == nullptr)
            return false;
        drop(place);
        return true;
    }

    void clear() noexcept
    {
        while (newest_ != nullptr) {
            node* const dropped = newest_;
            newest_ = dropped->older;
            delete dropped;
        }
        oldest_ = nullptr;
        size_ = 0;
        for (std::size_t i = 0; i < bucket_count_; ++i)
            buckets_[i] = nullptr;
    }

private:
    struct node
    {
        Key key;
        Value value;
        std::size_t hash = 0;
        node* newer = nullptr;
        node* older = nullptr;
        node* chained = nullptr; // the next in its bucket
    };

    [[nodiscard]] node*& bucket_of(std::size_t hash) noexcept
    {
        return buckets_[hash & (bucket_count_ - 1)];
    }

    /// What points to the node with this key, or would.
    [[nodiscard]] node** place_of(Key const& key, std::size_t hash)
    {
        node** place = &bucket_of(hash);
        while (*place != nullptr && !((*place)->hash == hash && (*place)->key == key))
            place = &(*place)->chained;
        return place;
    }

    void drop(node** place)
    {
        node* const dropped = *place;
        *place = dropped->chained;
        unlink(*dropped);
        delete dropped;
        --size_;
    }

    void link(node& added) noexcept
    {
        added.newer = nullptr;
        added.older = newest_;
        (newest_ != nullptr ? newest_->newer : oldest_) = &added;
        newest_ = &added;
    }
    void unlink(node& from) noexcept
    {
        (from.newer != nullptr ? from.newer->older : newest_) = from.older;
        (from.older != nullptr ? from.older->newer : oldest_) = from.newer;
    }

    void grow()
    {
        std::size_t const count = bucket_count_ == 0 ? 16 : 2 * bucket_count_; // a power of two
        node** const larger = new node*[count]();
        delete[] buckets_;
        buckets_ = larger;
        bucket_count_ = count;
        for (node* each = newest_; each != nullptr; each = each->older) {
            node*& bucket = bucket_of(each->hash);
            each->chained = bucket;
            bucket = each;
        }
    }

    std::size_t capacity_;
    std::size_t size_ = 0;
    node* newest_ = nullptr;
    node* oldest_ = nullptr;
    node** buckets_ = nullptr;
    std::size_t bucket_count_ = 0;
};

} // namespace pgcoro
