#pragma once

#include <string_view>
#include <tuple>

/// A range of rows, `(0, "somebody")` and so on, that holds none of them.
class counting
{
public:
    explicit counting(int last) : last_{last} {}

    struct iterator
    {
        int at;
        std::tuple<int, std::string_view> operator*() const { return {at, "somebody"}; }
        iterator& operator++()
        {
            ++at;
            return *this;
        }
        friend bool operator==(iterator a, iterator b) = default;
    };
    [[nodiscard]] iterator begin() const { return {0}; }
    [[nodiscard]] iterator end() const { return {last_}; }

private:
    int last_;
};
