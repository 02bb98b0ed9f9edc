#pragma once

// What a client sends, read back. Strict: a message that the protocol does not allow throws, and so
// fails the test.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontend {

struct malformed : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

struct message
{
    char type = 0; ///< '\0': the startup message
    std::string name;
    std::string body; ///< SQL, password, reason…
    std::vector<std::optional<std::string>> values;
    std::size_t types = 0;
    std::vector<int> result_formats;

    /// As the tests write it: `Bind pgcoro_1 (a, NULL)`.
    [[nodiscard]] std::string text() const
    {
        std::string list;
        for (auto const& each : values)
            list += (list.empty() ? "" : ", ") + each.value_or("NULL");
        std::string const formats = [this] {
            std::string all;
            for (int const each : result_formats)
                all += (all.empty() ? " as " : ",") + std::to_string(each);
            return all;
        }();
        switch (type) {
        case '\0':
            return "Startup " + body;
        case 'p':
            return "Password " + body;
        case 'Q':
            return "Query " + body;
        case 'P':
            return "Parse " + name + ": " + body;
        case 'B':
            return "Bind " + name + " (" + list + ')' + formats;
        case 'D':
            return "Describe " + name;
        case 'C':
            return "Close " + name;
        case 'E':
            return name.empty() ? "Execute" : "Execute " + name;
        case 'S':
            return "Sync";
        case 'd':
            return "CopyData " + body;
        case 'c':
            return "CopyDone";
        case 'f':
            return "CopyFail";
        case 'X':
            return "Terminate";
        default:
            return std::string{"? "} + type;
        }
    }
};

/// Cuts the client's bytes into messages, however they arrive.
class reader
{
public:
    /// A connection begins with the one message that has no type.
    explicit reader(bool expects_startup) : startup_{expects_startup} {}

    void add(std::string_view bytes) { bytes_.append(bytes); }
    /// Nothing is left that is no whole message.
    [[nodiscard]] bool clean() const { return bytes_.empty(); }

    [[nodiscard]] std::optional<message> next()
    {
        std::size_t const header = startup_ ? 4 : 5;
        if (bytes_.size() < header)
            return std::nullopt;
        std::size_t const type_size = startup_ ? 0 : 1;
        std::uint32_t const length =
            load<std::uint32_t>(std::string_view{bytes_}.substr(type_size));
        if (length < 4 || length > 0x3fffffff)
            throw malformed{"length " + std::to_string(length)};
        if (bytes_.size() < type_size + length)
            return std::nullopt;
        message found;
        found.type = startup_ ? '\0' : bytes_[0];
        rest_ = std::string_view{bytes_}.substr(header, length - 4);
        startup_ ? read_startup(found) : read(found);
        if (!rest_.empty())
            throw malformed{"bytes behind " + found.text()};
        startup_ = false;
        bytes_.erase(0, type_size + length);
        return found;
    }

private:
    template <class Integer>
    [[nodiscard]] static Integer load(std::string_view from)
    {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Integer); ++i)
            value = value << 8 | static_cast<unsigned char>(from.at(i));
        return static_cast<Integer>(value);
    }
    template <class Integer>
    [[nodiscard]] Integer get()
    {
        if (rest_.size() < sizeof(Integer))
            throw malformed{"a number is cut off"};
        auto const value = load<Integer>(rest_);
        rest_.remove_prefix(sizeof(Integer));
        return value;
    }
    [[nodiscard]] std::string get_string()
    {
        std::size_t const zero = rest_.find('\0');
        if (zero == std::string_view::npos)
            throw malformed{"a string without end"};
        std::string const value{rest_.substr(0, zero)};
        rest_.remove_prefix(zero + 1);
        return value;
    }
    [[nodiscard]] std::string get_bytes(std::size_t count)
    {
        if (rest_.size() < count)
            throw malformed{"bytes are cut off"};
        std::string const value{rest_.substr(0, count)};
        rest_.remove_prefix(count);
        return value;
    }

    void read_startup(message& out)
    {
        auto const version = get<std::uint32_t>();
        if (version != 0x30000 && version != 0x30002)
            throw malformed{"neither protocol 3.0 nor 3.2"};
        for (std::string name = get_string(); !name.empty(); name = get_string())
            out.body += (out.body.empty() ? "" : " ") + name + '=' + get_string();
    }

    void read(message& out)
    {
        switch (out.type) {
        case 'p':
            out.body = std::string{std::exchange(rest_, {})};
            break;
        case 'Q':
        case 'f':
            out.body = get_string();
            break;
        case 'd':
            out.body = std::string{std::exchange(rest_, {})};
            break;
        case 'c':
            break;
        case 'P':
            out.name = get_string();
            out.body = get_string();
            out.types = get<std::uint16_t>();
            (void)get_bytes(out.types * 4);
            break;
        case 'B': {
            if (!get_string().empty())
                throw malformed{"a named portal"};
            out.name = get_string();
            auto const formats = get<std::uint16_t>();
            (void)get_bytes(std::size_t{formats} * 2);
            auto const count = get<std::uint16_t>();
            if (formats > 1 && formats != count)
                throw malformed{"neither one format nor one for each parameter"};
            for (unsigned i = 0; i < count; ++i) {
                auto const size = get<std::int32_t>();
                if (size < 0)
                    out.values.emplace_back();
                else
                    out.values.emplace_back(get_bytes(static_cast<std::size_t>(size)));
            }
            for (auto left = get<std::uint16_t>(); left > 0; --left)
                out.result_formats.push_back(get<std::int16_t>());
            break;
        }
        case 'D':
        case 'C':
            if (get_bytes(1) != "S")
                throw malformed{"not a statement"};
            out.name = get_string();
            break;
        case 'E':
            out.name = get_string();
            if (get<std::uint32_t>() != 0)
                throw malformed{"a row limit"};
            break;
        case 'S':
        case 'X':
            break;
        default:
            throw malformed{std::string{"an unknown message "} + out.type};
        }
    }

    std::string bytes_;
    std::string_view rest_;
    bool startup_;
};

} // namespace frontend
