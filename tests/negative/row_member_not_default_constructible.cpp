// expect: error: static assertion failed.*every member of a row type must be default-constructible

#include "pgcoro/row/plan.hpp"

class email
{
public:
#ifdef PGCORO_FIXED
    email() = default;
#endif
    explicit email(std::string_view text) : text_{text} {}

private:
    std::string text_;
};

template <>
struct pgcoro::codec<email>
{
    static bool decode(field const& from, email& to)
    {
        to = email{from.text()};
        return true;
    }
};

struct user
{
    int id;
    email address;
};

pgcoro::row_plan<user> plan;
