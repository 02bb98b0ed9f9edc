// Two translation units with everything in them make one program: whatever is not inline, or is
// defined differently here and there, shows at the link. What one catches, the other throws.

#if __has_include(<pgcoro/pgcoro.hpp>)
    #include <pgcoro/pgcoro.hpp>
#endif
#include <pgcoro/core/throw_server_error.hpp>
#include <pgcoro/testing/temporary_server.hpp>
#include <pgcoro/types/all.hpp>

std::error_category const& category_of_second();
void throw_in_second();

int main()
{
    if (&pgcoro::client_category() != &category_of_second())
        return 1;
    try {
        throw_in_second();
    } catch (pgcoro::unique_violation const&) {
        return 0;
    } catch (pgcoro::server_error const&) {
        return 2; // the type that only this file names was not known over there
    }
    return 3;
}
