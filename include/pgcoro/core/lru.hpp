#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace pgcoro {

/// A map that forgets what was not used for longest. Keys may be views into their values: they are
/// never looked at after their value is gone.
template <class Key, class Value, class Hash = std::hash<Key>>
class lru
{
public:
    explicit lru(std::size_t capacity) noexcept : capacity_{capacity} {}

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// The value, which is now the most recently used; or null.
    template <class Probe>
    [[nodiscard]] Value* find(Probe const& key)
    {
        // The same as last time, which is what a loop asks for, needs no hashing.
        if (!entries_.empty() && entries_.front().first == key)
            return &entries_.front().second;
        auto const found = index_.find(key);
        if (found == index_.end())
            return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->second;
    }

    /// Adds what is not there yet, and gives what had to make room for it.
    std::optional<Value> insert(Key key, Value value)
    {
        std::optional<Value> evicted;
        if (entries_.size() == capacity_)
            evicted = evict();
        entries_.emplace_front(std::move(key), std::move(value));
        index_.emplace(entries_.front().first, entries_.begin());
        return evicted;
    }

    /// Takes out what was not used for longest, if there is anything.
    std::optional<Value> evict()
    {
        if (entries_.empty())
            return std::nullopt;
        index_.erase(entries_.back().first);
        std::optional<Value> evicted = std::move(entries_.back().second);
        entries_.pop_back();
        return evicted;
    }

    bool erase(Key const& key)
    {
        auto const found = index_.find(key);
        if (found == index_.end())
            return false;
        auto const entry = found->second;
        index_.erase(found);
        entries_.erase(entry);
        return true;
    }

    void clear() noexcept
    {
        index_.clear();
        entries_.clear();
    }

private:
    using list = std::list<std::pair<Key, Value>>;

    std::size_t capacity_;
    list entries_; // most recently used first
    std::unordered_map<Key, typename list::iterator, Hash> index_;
};

} // namespace pgcoro
