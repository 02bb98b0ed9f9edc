#pragma once

#include "session.hpp"

namespace pgcoro {

inline exchange::clock::time_point session::next_deadline() const noexcept
{
    auto first = exchange::clock::time_point::max();
    for (exchange_list const* list : {&in_flight_, &waiting_})
        for (exchange const* each = list->front(); each != nullptr;
             each = exchange_list::after(*each))
            if (!each->abandoned_ && each->deadline_ < first)
                first = each->deadline_;
    return first;
}

inline exchange const* session::overdue(exchange::clock::time_point now) const noexcept
{
    for (exchange_list const* list : {&in_flight_, &waiting_})
        for (exchange const* each = list->front(); each != nullptr;
             each = exchange_list::after(*each))
            if (!each->abandoned_ && each->deadline_ <= now && each->id_ != 0)
                return each;
    return nullptr;
}

} // namespace pgcoro
