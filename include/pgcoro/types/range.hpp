#pragma once

#include "codec.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace pgcoro {

/// One end of a range that belongs to it: `inclusive(1)`.
template <class T>
struct inclusive
{
    T value;
};
template <class T>
inclusive(T) -> inclusive<T>;

/// One end of a range that does not belong to it: `exclusive(10)`.
template <class T>
struct exclusive
{
    T value;
};
template <class T>
exclusive(T) -> exclusive<T>;

/// An end that is not there: the range goes on for ever.
struct unbounded_t
{};
inline constexpr unbounded_t unbounded;

/// Types whose values have neighbours, as integers and days have: the server takes [1,3] and [1,4)
/// for the same range. (A type without ++, as year_month_day, is left as it is.)
template <class T>
inline constexpr bool
    is_discrete = (std::integral<T> && !std::same_as<T, bool>) || type_of<T>() == oids::date;

/// Whether the server orders T's values as we do. That of strings depends on the collation, that of
/// an enum's labels on the database.
template <class T>
inline constexpr bool is_ordered_by_server = type_of<T>() != unspecified_oid;

/// `<`, and as the server has it: NaN is greater than all else, "char" has no sign.
template <class T>
[[nodiscard]] constexpr bool comes_before(T const& a, T const& b)
{
    if constexpr (std::floating_point<T>)
        return a < b || (a == a && b != b);
    else if constexpr (std::same_as<T, char>)
        return static_cast<unsigned char>(a) < static_cast<unsigned char>(b);
    else
        return a < b;
}

/// A range of values: int4range, numrange, tstzrange and the like. Comparing needs T's `<`; where
/// the server has an order of its own, as for strings, it alone knows what is in a range. Ranges of
/// integers and days are kept as the server keeps them: with their lower bound, without their upper
/// one.
///
///     range<int>{1, 10}                               [1,10)
///     range<int>{inclusive(1), inclusive(10)}         [1,11)
///     range<double>{exclusive(0.5), unbounded}        (0.5,)
///
/// https://www.postgresql.org/docs/current/rangetypes.html
template <class T>
class range
{
public:
    using value_type = T;

    /// The empty range.
    range() = default;

    /// With `lower`, without `upper`; either may be wrapped in inclusive() or exclusive(), or be
    /// `unbounded`. Empty if no value can be in it. Throws std::invalid_argument if the bounds are
    /// in the wrong order, as the server would; of strings and enums only the server knows.
    template <class Lower, class Upper>
    range(Lower lower, Upper upper) : empty_{false}
    {
        lower_inclusive_ = set(lower_, std::move(lower), true);
        upper_inclusive_ = set(upper_, std::move(upper), false);
        if constexpr (is_ordered_by_server<T>)
            if (lower_ && upper_ && comes_before(*upper_, *lower_))
                throw std::invalid_argument{
                    "a range's lower bound is greater than its upper bound"};
        normalize();
    }

    /// All values.
    [[nodiscard]] static range all() { return {unbounded, unbounded}; }

    [[nodiscard]] bool empty() const noexcept { return empty_; }
    /// Nothing if the range is empty, or has no bound there.
    [[nodiscard]] std::optional<T> const& lower() const noexcept { return lower_; }
    [[nodiscard]] std::optional<T> const& upper() const noexcept { return upper_; }
    [[nodiscard]] bool lower_inclusive() const noexcept { return lower_inclusive_; }
    [[nodiscard]] bool upper_inclusive() const noexcept { return upper_inclusive_; }
    /// No bound: false for the empty range.
    [[nodiscard]] bool lower_infinite() const noexcept { return !empty_ && !lower_; }
    [[nodiscard]] bool upper_infinite() const noexcept { return !empty_ && !upper_; }

    /// `@>` of a value.
    [[nodiscard]] bool contains(T const& value) const
    {
        return !empty_ &&
               (!lower_ || comes_before(*lower_, value) ||
                   (lower_inclusive_ && !comes_before(value, *lower_))) &&
               (!upper_ || comes_before(value, *upper_) ||
                   (upper_inclusive_ && !comes_before(*upper_, value)));
    }

    /// `@>` of a range: every value of the other one is in this.
    [[nodiscard]] bool contains(range const& other) const
    {
        return other.empty_ ||
               (!empty_ && !starts_before(other, *this) && !ends_before(*this, other));
    }

    /// `<@`
    [[nodiscard]] bool is_subset_of(range const& other) const { return other.contains(*this); }

    /// `&&`: some value is in both.
    [[nodiscard]] bool overlaps(range const& other) const
    {
        return !empty_ && !other.empty_ && !is_before(*this, other) && !is_before(other, *this);
    }

    friend bool operator==(range const& a, range const& b)
    {
        return a.empty_ == b.empty_ && a.lower_inclusive_ == b.lower_inclusive_ &&
               a.upper_inclusive_ == b.upper_inclusive_ && same_bound(a.lower_, b.lower_) &&
               same_bound(a.upper_, b.upper_);
    }

    /// `<<` is true, and nothing lies between: `-|-` where a comes first.
    [[nodiscard]] static bool are_adjacent(range const& a, range const& b)
    {
        return !a.empty_ && !b.empty_ && a.upper_ && b.lower_ &&
               !comes_before(*a.upper_, *b.lower_) && !comes_before(*b.lower_, *a.upper_) &&
               a.upper_inclusive_ != b.lower_inclusive_;
    }

    /// By the lower bound.
    [[nodiscard]] static bool starts_before(range const& a, range const& b)
    {
        if (!a.lower_ || !b.lower_)
            return !a.lower_ && b.lower_;
        return comes_before(*a.lower_, *b.lower_) ||
               (!comes_before(*b.lower_, *a.lower_) && a.lower_inclusive_ && !b.lower_inclusive_);
    }

    /// By the upper bound.
    [[nodiscard]] static bool ends_before(range const& a, range const& b)
    {
        if (!a.upper_ || !b.upper_)
            return a.upper_ && !b.upper_;
        return comes_before(*a.upper_, *b.upper_) ||
               (!comes_before(*b.upper_, *a.upper_) && !a.upper_inclusive_ && b.upper_inclusive_);
    }

    /// The smallest range that both are in. Neither may be empty.
    [[nodiscard]] static range merge(range const& a, range const& b)
    {
        range both = starts_before(b, a) ? b : a;
        range const& last = ends_before(a, b) ? b : a;
        both.upper_ = last.upper_;
        both.upper_inclusive_ = last.upper_inclusive_;
        return both;
    }

private:
    friend struct codec<range>;

    template <class Bound>
    static bool set(std::optional<T>& to, inclusive<Bound> bound, bool)
    {
        to.emplace(std::move(bound.value));
        return true;
    }
    template <class Bound>
    static bool set(std::optional<T>& to, exclusive<Bound> bound, bool)
    {
        to.emplace(std::move(bound.value));
        return false;
    }
    static bool set(std::optional<T>&, unbounded_t, bool) noexcept { return false; }
    template <class Bound>
    static bool set(std::optional<T>& to, Bound bound, bool inclusively)
    {
        to.emplace(std::move(bound));
        return inclusively;
    }

    /// All values of the range lie below all of the other one.
    [[nodiscard]] static bool is_before(range const& a, range const& b)
    {
        return a.upper_ && b.lower_ &&
               (comes_before(*a.upper_, *b.lower_) ||
                   (!comes_before(*b.lower_, *a.upper_) &&
                       !(a.upper_inclusive_ && b.lower_inclusive_)));
    }

    [[nodiscard]] static bool same_bound(std::optional<T> const& a, std::optional<T> const& b)
    {
        if constexpr (std::floating_point<T>)
            return a.has_value() == b.has_value() && (!a || *a == *b || (*a != *a && *b != *b));
        else
            return a == b;
    }

    void normalize()
    {
        step_bounds();
        if (lower_ && upper_ && !comes_before(*lower_, *upper_) &&
            (is_ordered_by_server<T> || !comes_before(*upper_, *lower_)) &&
            !(lower_inclusive_ && upper_inclusive_))
            *this = range{};
    }

    /// A range that came from the server, which sends no empty one but `empty`; only it does not
    /// know that there is nothing between the integers of a user's range.
    void normalize_received()
    {
        if constexpr (is_discrete<T>)
            normalize();
    }

    void step_bounds()
    {
        if constexpr (is_discrete<T> && requires(T & bound) { ++bound; }) {
            if (lower_ && !lower_inclusive_)
                lower_inclusive_ = step(*lower_);
            if (upper_ && upper_inclusive_)
                upper_inclusive_ = !step(*upper_);
        }
    }

    /// To the next value. False for the greatest there is.
    [[nodiscard]] static bool step(T& bound)
    {
        if constexpr (std::numeric_limits<T>::is_specialized)
            if (bound == std::numeric_limits<T>::max())
                return false;
        ++bound;
        return true;
    }

    std::optional<T> lower_;
    std::optional<T> upper_;
    bool empty_ = true;
    bool lower_inclusive_ = false;
    bool upper_inclusive_ = false;
};

/// Ranges that don't touch each other, in their order: int4multirange and the like. PostgreSQL 14
/// and newer.
/// https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-BUILTIN
template <class T>
class multirange
{
public:
    using value_type = range<T>;

    multirange() = default;

    /// Ranges in any order; those that overlap or touch become one. (Ranges of strings and enums
    /// are left to the server: see range.)
    explicit multirange(std::vector<range<T>> ranges) : ranges_{std::move(ranges)}
    {
        std::erase_if(ranges_, [](range<T> const& each) { return each.empty(); });
        if constexpr (is_ordered_by_server<T>)
            merge_all();
    }

    [[nodiscard]] std::vector<range<T>> const& ranges() const noexcept { return ranges_; }
    [[nodiscard]] std::size_t size() const noexcept { return ranges_.size(); }
    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] auto begin() const noexcept { return ranges_.begin(); }
    [[nodiscard]] auto end() const noexcept { return ranges_.end(); }

    /// `@>` of a value.
    [[nodiscard]] bool contains(T const& value) const
    {
        return std::any_of(
            begin(), end(), [&](range<T> const& each) { return each.contains(value); });
    }
    /// `@>` of a range, and of a multirange.
    [[nodiscard]] bool contains(range<T> const& other) const
    {
        return other.empty() || std::any_of(begin(), end(),
                                    [&](range<T> const& each) { return each.contains(other); });
    }
    [[nodiscard]] bool contains(multirange const& other) const
    {
        return std::all_of(
            other.begin(), other.end(), [&](range<T> const& each) { return contains(each); });
    }
    /// `<@`
    [[nodiscard]] bool is_subset_of(multirange const& other) const { return other.contains(*this); }
    /// `&&`
    [[nodiscard]] bool overlaps(range<T> const& other) const
    {
        return std::any_of(
            begin(), end(), [&](range<T> const& each) { return each.overlaps(other); });
    }
    [[nodiscard]] bool overlaps(multirange const& other) const
    {
        return std::any_of(
            other.begin(), other.end(), [&](range<T> const& each) { return overlaps(each); });
    }

    friend bool operator==(multirange const&, multirange const&) = default;

private:
    friend struct codec<multirange>;

    void merge_all()
    {
        std::sort(ranges_.begin(), ranges_.end(),
            [](range<T> const& a, range<T> const& b) { return range<T>::starts_before(a, b); });
        std::size_t kept = 0;
        for (std::size_t i = 1; i < ranges_.size(); ++i) {
            range<T>& last = ranges_[kept];
            if (last.overlaps(ranges_[i]) || range<T>::are_adjacent(last, ranges_[i]))
                last = range<T>::merge(last, ranges_[i]);
            else
                ranges_[++kept] = ranges_[i];
        }
        if (!ranges_.empty())
            ranges_.resize(kept + 1);
    }

    std::vector<range<T>> ranges_;
};

} // namespace pgcoro
