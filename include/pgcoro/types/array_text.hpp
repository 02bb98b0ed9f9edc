#pragma once

#include "../core/byte_writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro {

/// Appends one element of an array literal. Always in quotes, so that none is taken for NULL or for
/// more than one.
inline void put_array_element(std::string_view text, byte_writer& to)
{
    to.put(std::string_view{"\""});
    while (!text.empty()) {
        std::string_view const plain = text.substr(0, text.find_first_of("\"\\"));
        to.put(plain);
        text.remove_prefix(plain.size());
        if (text.empty())
            break;
        to.put(std::string_view{"\\"});
        to.put(text.substr(0, 1));
        text.remove_prefix(1);
    }
    to.put(std::string_view{"\""});
}

/// Takes the literal of a one-dimensional array apart: `{1,NULL,"two words"}`.
/// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
class array_text_reader
{
public:
    explicit array_text_reader(std::string_view text) noexcept : rest_{text}
    {
        if (!rest_.empty() && rest_.front() == '[') { // bounds, where they don't start at 1
            std::size_t const equals = rest_.find('=');
            rest_.remove_prefix(equals == rest_.npos ? rest_.size() : equals + 1);
        }
        ok_ = take('{');
        done_ = !ok_ || take('}');
        ok_ = ok_ && (!done_ || rest_.empty());
    }

    /// Nothing was malformed up to here.
    [[nodiscard]] bool ok() const noexcept { return ok_; }

    /// Reads the next element, `null` if it is NULL. False at the end, or if the text is malformed.
    /// The element points into the text, or into `scratch` if it had escapes.
    [[nodiscard]] bool next(std::string_view& element, bool& null, std::string& scratch)
    {
        if (done_)
            return false;
        null = false;
        bool const read = take('"') ? read_quoted(element, scratch) : read_plain(element, null);
        if (read && take(','))
            return true;
        done_ = true;
        ok_ = read && take('}') && rest_.empty();
        return ok_;
    }

private:
    [[nodiscard]] bool take(char wanted) noexcept
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] bool read_plain(std::string_view& element, bool& null) noexcept
    {
        element = rest_.substr(0, rest_.find_first_of(",}{\"\\"));
        rest_.remove_prefix(element.size());
        null = element == "NULL";
        return !element.empty();
    }

    [[nodiscard]] bool read_quoted(std::string_view& element, std::string& scratch)
    {
        std::size_t const stop = rest_.find_first_of("\"\\");
        if (stop == rest_.npos)
            return false;
        element = rest_.substr(0, stop);
        rest_.remove_prefix(stop);
        if (take('"'))
            return true;
        scratch = element;
        while (!rest_.empty()) {
            if (take('"')) {
                element = scratch;
                return true;
            }
            if (take('\\') && rest_.empty())
                return false;
            scratch += rest_.front();
            rest_.remove_prefix(1);
        }
        return false;
    }

    std::string_view rest_;
    bool ok_ = false;
    bool done_ = false;
};

} // namespace pgcoro
