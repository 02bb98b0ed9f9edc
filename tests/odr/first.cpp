// Two translation units with everything in them make one program: whatever is not inline, or is
// defined differently here and there, shows at the link.

#if __has_include(<pgcoro/pgcoro.hpp>)
    #include <pgcoro/pgcoro.hpp>
#endif
#include <pgcoro/testing/temporary_server.hpp>

std::error_category const& category_of_second();

int main()
{
    return &pgcoro::client_category() == &category_of_second() ? 0 : 1;
}
