#pragma once

#include "big_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

/// Appends messages of the protocol to a string.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
class messages
{
public:
    explicit messages(std::string& to) : to_{to} {}

    void startup(std::string_view user, std::string_view database)
    {
        open('\0');
        append(to_, std::int32_t{196608});
        for (std::string_view const part :
            {std::string_view{"user"}, user, std::string_view{"database"}, database,
                std::string_view{"client_encoding"}, std::string_view{"UTF8"}})
            text(part);
        to_ += '\0';
        close();
    }
    void query(std::string_view sql)
    {
        open('Q');
        text(sql);
        close();
    }
    void parse(std::string_view name, std::string_view sql)
    {
        open('P');
        text(name);
        text(sql);
        append(to_, std::int16_t{0});
        close();
    }
    /// Parameters and results all in binary.
    void bind(std::string_view name, std::initializer_list<std::string_view> values)
    {
        open('B');
        text({});
        text(name);
        append(to_, std::int16_t{1});
        append(to_, std::int16_t{1});
        append(to_, static_cast<std::int16_t>(values.size()));
        for (std::string_view const value : values) {
            append(to_, static_cast<std::int32_t>(value.size()));
            to_ += value;
        }
        append(to_, std::int16_t{1});
        append(to_, std::int16_t{1});
        close();
    }
    void execute()
    {
        open('E');
        text({});
        append(to_, std::int32_t{0});
        close();
    }
    void sync() { empty('S'); }
    void terminate() { empty('X'); }
    void copy_done() { empty('c'); }
    void sasl_initial(std::string_view mechanism, std::string_view first)
    {
        open('p');
        text(mechanism);
        append(to_, static_cast<std::int32_t>(first.size()));
        to_ += first;
        close();
    }
    void sasl_response(std::string_view response)
    {
        open('p');
        to_ += response;
        close();
    }
    void copy_data(std::string_view data)
    {
        open('d');
        to_ += data;
        close();
    }

private:
    void open(char type)
    {
        if (type != '\0')
            to_ += type;
        begin_ = to_.size();
        append(to_, std::int32_t{0});
    }
    void close() { store(to_.data() + begin_, static_cast<std::int32_t>(to_.size() - begin_)); }
    void empty(char type)
    {
        open(type);
        close();
    }
    void text(std::string_view value)
    {
        to_ += value;
        to_ += '\0';
    }

    std::string& to_;
    std::size_t begin_ = 0;
};

/// A number as the four or eight bytes that go over the wire.
template <std::integral T>
[[nodiscard]] std::string as_bytes_of(T value)
{
    std::string bytes;
    append(bytes, value);
    return bytes;
}

} // namespace bench
