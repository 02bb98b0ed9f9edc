#pragma once

#include "../common/inbox.hpp"
#include "../common/unix_socket.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bench {

/// One thing that a client asks: the bytes up to a Sync, Flush or Query, or the startup packet.
class asked
{
public:
    explicit asked(std::string_view bytes, bool startup) : bytes_{bytes}
    {
        if (startup) {
            lasting_ = true;
            return;
        }
        for (std::size_t at = 0; at < bytes.size();) {
            char const* const message = bytes.data() + at;
            bool const unnamed = bytes.size() > at + 5 && message[5] == '\0';
            switch (*message) {
            case 'P':
                lasting_ = lasting_ || !unnamed;
                ++replies_;
                break;
            case 'C':
            case 'Q':
                lasting_ = true;
                ++replies_;
                break;
            case 'B':
            case 'D':
            case 'E':
                ++replies_;
                break;
            case 'H':
                flushed_ = true;
                break;
            default:
                flushed_ = false;
                break;
            }
            at += std::size_t{1} + load<std::uint32_t>(message + 1);
        }
    }

    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    /// Later questions may depend on it: a statement was given a name, or a setting may have
    /// changed.
    [[nodiscard]] bool lasting() const noexcept { return lasting_; }

    /// Takes the messages of the answer one by one; true with the last.
    [[nodiscard]] bool answered_by(char type) noexcept
    {
        if (!flushed_)
            return type == 'Z';
        switch (type) {
        case '1': // ParseComplete
        case '2': // BindComplete
        case '3': // CloseComplete
        case 'T': // RowDescription
        case 'n': // NoData
        case 'C': // CommandComplete
        case 's': // PortalSuspended
        case 'I': // EmptyQueryResponse
            return --replies_ == 0;
        case 'E':
            return true;
        default:
            return false;
        }
    }

private:
    std::string_view bytes_;
    bool lasting_ = false;
    bool flushed_ = false;
    int replies_ = 0;
};

/// What the real server has answered. Equal questions of connections that have asked the same
/// lasting ones before get equal answers.
class memory
{
public:
    using answer = std::string const*;

    /// The real server, in the state of one client's connection.
    class source
    {
    public:
        void remember(asked const& what) { lasting_.emplace_back(what.bytes()); }

        [[nodiscard]] std::string ask(asked what)
        {
            if (socket_.number() < 0) {
                socket_ = open_socket({});
                bool startup = true;
                for (std::string const& each : lasting_)
                    (void)exchange(asked{each, std::exchange(startup, false)});
            }
            return exchange(what);
        }

    private:
        std::string exchange(asked what)
        {
            std::string_view rest = what.bytes();
            while (!rest.empty())
                rest.remove_prefix(socket_.write(rest.data(), rest.size()));
            std::string all;
            for (bool done = false; !done;) {
                in_.received(socket_.read(in_.room(), in_.room_size()));
                in_.each([&](char type, std::byte const* body, std::size_t size) {
                    all.append(reinterpret_cast<char const*>(body) - 5, size + 5);
                    done = what.answered_by(type);
                });
            }
            return all;
        }

        descriptor socket_;
        inbox in_;
        std::vector<std::string> lasting_;
    };

    /// `state` stands for the lasting questions before, and is brought up to date.
    [[nodiscard]] answer find(asked const& what, std::size_t& state, source& real)
    {
        std::size_t const before = state;
        if (what.lasting())
            state = state * 31 + std::hash<std::string_view>{}(what.bytes());
        auto& known = answers_[before];
        auto found = known.find(what.bytes());
        if (found == known.end()) {
            auto const& question =
                questions_.emplace_back(std::make_unique<std::string const>(what.bytes()));
            found = known.emplace(*question, real.ask(what)).first;
        }
        if (what.lasting())
            real.remember(what);
        return &found->second;
    }

private:
    std::vector<std::unique_ptr<std::string const>> questions_;
    std::map<std::size_t, std::unordered_map<std::string_view, std::string>> answers_;
};

} // namespace bench
