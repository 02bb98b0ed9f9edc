#pragma once

#include "inbox.hpp"
#include "unix_socket.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

/// A connection for what comes before and after the measured time.
class blocking_connection
{
public:
    explicit blocking_connection(server_address const& where = {}) : socket_{open_socket(where)}
    {
        login in{where, nullptr};
        std::string out;
        in.begin(out);
        send(out);
        until_ready([&](char type, std::byte const* body, std::size_t size) {
            if (type != 'R')
                return;
            out.clear();
            in.answer(body, size, out);
            send(out);
        });
    }

    void prepare(std::string_view name, std::string_view sql)
    {
        std::string out;
        messages to{out};
        to.parse(name, sql);
        to.sync();
        send(out);
        until_ready([](char, std::byte const*, std::size_t) {});
    }

    /// Rows as text; NULL is empty.
    std::vector<std::vector<std::string>> query(std::string_view sql)
    {
        std::vector<std::vector<std::string>> rows;
        std::string out;
        messages{out}.query(sql);
        send(out);
        until_ready([&](char type, std::byte const* body, std::size_t) {
            if (type != 'D')
                return;
            auto& row = rows.emplace_back();
            std::byte const* at = body + 2;
            for (auto columns = load<std::int16_t>(body); columns != 0; --columns) {
                auto const size = load<std::int32_t>(at);
                at += 4;
                row.emplace_back(reinterpret_cast<char const*>(at),
                    static_cast<std::size_t>(size < 0 ? 0 : size));
                at += size < 0 ? 0 : size;
            }
        });
        return rows;
    }

    void send(std::string_view bytes)
    {
        while (!bytes.empty())
            bytes.remove_prefix(socket_.write(bytes.data(), bytes.size()));
    }

    /// Reads up to ReadyForQuery. Throws what the server reports.
    template <class Handle>
    void until_ready(Handle&& handle)
    {
        bool ready = false;
        while (!ready) {
            in_.received(socket_.read(in_.room(), in_.room_size()));
            in_.each([&](char type, std::byte const* body, std::size_t size) {
                if (type == 'E')
                    throw_server_error(body, size);
                ready = type == 'Z';
                handle(type, body, size);
            });
        }
    }

    [[nodiscard]] descriptor release() { return std::move(socket_); }

private:
    descriptor socket_;
    inbox in_;
};

} // namespace bench
