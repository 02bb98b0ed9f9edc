#pragma once

#include "blocking_connection.hpp"
#include "flight.hpp"
#include "report.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What the lanes of a phase share: until when, for how many callers, and what was counted.
class traffic
{
public:
    /// `asking`: how many callers there are, where there are many.
    traffic(case_id which, std::size_t lanes, std::size_t asking = callers) : flight_{which}
    {
        switch (which) {
        case case_id::shared_connection:
        case case_id::shared_pool:
            depth_ = std::max<std::size_t>(asking / lanes, 1);
            break;
        case case_id::plain_pool:
            queue_ = asking - std::min(asking, lanes);
            break;
        default:
            break;
        }
    }

    void begin(steady::time_point deadline, tally& counted)
    {
        deadline_ = deadline;
        counted_ = &counted;
        begin_ = steady::now();
        waiting_.assign(queue_, begin_);
        open_ = true;
    }

    /// How many flights a lane has under way at once.
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
    [[nodiscard]] steady::time_point start() const noexcept { return begin_; }

    void append_flight(std::string& out) { flight_.append_to(out, ids_); }

    /// A flight that had started then has landed. Gives when the next one's caller began to wait,
    /// if there is to be one.
    [[nodiscard]] std::optional<steady::time_point> landed(steady::time_point started)
    {
        auto const now = steady::now();
        counted_->waits.add(now - started);
        ++counted_->queries;
        open_ = open_ && now < deadline_;
        if (open_)
            waiting_.push_back(now);
        if (waiting_.empty())
            return std::nullopt;
        auto const next = waiting_.front();
        waiting_.pop_front();
        return next;
    }
    void count_rows(std::uint64_t rows) noexcept { counted_->rows += rows; }

private:
    flight flight_;
    id_sequence ids_;
    std::size_t depth_ = 1;
    std::size_t queue_ = 0; // callers for whom there is no connection
    steady::time_point deadline_;
    steady::time_point begin_;
    tally* counted_ = nullptr;
    std::deque<steady::time_point> waiting_;
    bool open_ = true;
};

/// One connection of a measured phase. Rows takes the bodies of the DataRows: row(body), and end()
/// behind each result.
template <class Socket, class Rows>
class lane
{
public:
    lane(Socket socket, traffic& shared, Rows rows = {})
        : socket_{std::move(socket)}, shared_{shared}, rows_{std::move(rows)}
    {}
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    [[nodiscard]] Socket& socket() noexcept { return socket_; }
    [[nodiscard]] Rows& rows() noexcept { return rows_; }

    void start()
    {
        for (std::size_t i = 0; i < shared_.depth(); ++i) {
            shared_.append_flight(out_);
            under_way_.push_back(shared_.start());
        }
        write();
    }

    /// Nothing is under way.
    [[nodiscard]] bool done() const noexcept { return under_way_.empty(); }
    /// The socket took less than there is to be sent.
    [[nodiscard]] bool blocked() const noexcept { return !out_.empty(); }

    void read()
    {
        for (;;) {
            std::size_t const size = in_.room_size();
            std::size_t const count = socket_.read(in_.room(), size);
            in_.received(count);
            std::uint64_t rows = 0;
            in_.each([&](char type, std::byte const* body, std::size_t length) {
                switch (type) {
                case 'D':
                    rows_.row(body);
                    ++rows;
                    break;
                case 'C':
                    rows_.end();
                    break;
                case 'Z':
                    landed();
                    break;
                case 'E':
                    throw_server_error(body, length);
                default:
                    break;
                }
            });
            shared_.count_rows(rows);
            if (count < size)
                break;
        }
        write();
    }

    void write()
    {
        std::size_t sent = 0;
        while (sent != out_.size()) {
            std::size_t const count = socket_.write(out_.data() + sent, out_.size() - sent);
            if (count == 0)
                break;
            sent += count;
        }
        out_.erase(0, sent);
    }

private:
    void landed()
    {
        auto const next = shared_.landed(under_way_.front());
        under_way_.pop_front();
        if (next) {
            shared_.append_flight(out_);
            under_way_.push_back(*next);
        }
    }

    Socket socket_;
    traffic& shared_;
    Rows rows_;
    inbox in_;
    std::string out_;
    std::deque<steady::time_point> under_way_;
};

/// A connection that has prepared the case's statement.
[[nodiscard]] inline descriptor open_prepared(case_id which)
{
    blocking_connection opened;
    if (which != case_id::copy_in)
        opened.prepare(statement_name, sql_of(which));
    return opened.release();
}

} // namespace bench
