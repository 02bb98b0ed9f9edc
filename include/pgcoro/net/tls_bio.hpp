#pragma once

#include "../core/byte_writer.hpp"
#include "tls_handles.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <vector>

namespace pgcoro {

/// The wire, as OpenSSL sees it: what was received and what is to be sent, both in memory.
/// (OpenSSL's own BIO for memory copies what is received once more, and clears its whole room
/// each time all was taken: 64 kB for an answer of 100 bytes.)
class tls_wire
{
public:
    tls_wire() = default;
    tls_wire(tls_wire const&) = delete;
    tls_wire& operator=(tls_wire const&) = delete;

    /// Room for what comes from the socket, behind what OpenSSL has not taken yet: never empty.
    [[nodiscard]] std::span<std::byte> prepare()
    {
        if (taken_ == filled_)
            taken_ = filled_ = 0;
        if (received_.size() - filled_ < least_read) {
            if (taken_ != filled_)
                std::memmove(received_.data(), received_.data() + taken_, filled_ - taken_);
            filled_ -= taken_;
            taken_ = 0;
            received_.resize(std::max(read_size, filled_ + least_read));
        }
        return {received_.data() + filled_, received_.size() - filled_};
    }
    void received(std::size_t count) noexcept { filled_ += count; }

    /// What is to be sent.
    [[nodiscard]] byte_writer& output() noexcept { return output_; }
    [[nodiscard]] byte_writer const& output() const noexcept { return output_; }

    /// A BIO over this wire, which must outlive it. Null if memory has run out.
    [[nodiscard]] BIO* make_bio()
    {
        BIO* const made = BIO_new(method());
        if (made != nullptr) {
            BIO_set_data(made, this);
            BIO_set_init(made, 1);
        }
        return made;
    }

private:
    static constexpr std::size_t read_size = std::size_t{32} * 1024;
    static constexpr std::size_t least_read = 4096;

    static int read(BIO* bio, char* to, int size)
    {
        auto& wire = *static_cast<tls_wire*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        std::size_t const count =
            std::min(wire.filled_ - wire.taken_, static_cast<std::size_t>(std::max(size, 0)));
        if (count == 0) {
            BIO_set_retry_read(bio);
            return -1;
        }
        std::memcpy(to, wire.received_.data() + wire.taken_, count);
        wire.taken_ += count;
        return static_cast<int>(count);
    }

    static int write(BIO* bio, char const* from, int size)
    {
        auto& wire = *static_cast<tls_wire*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        try {
            wire.output_.put(std::as_bytes(std::span{from, static_cast<std::size_t>(size)}));
        } catch (std::bad_alloc const&) { // must not pass through C
            return -1;
        }
        return size;
    }

    static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

    [[nodiscard]] static BIO_METHOD const* method()
    {
        static BIO_METHOD const* const made = [] {
            BIO_METHOD* const fresh =
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pgcoro");
            if (fresh != nullptr) {
                BIO_meth_set_read(fresh, &tls_wire::read);
                BIO_meth_set_write(fresh, &tls_wire::write);
                BIO_meth_set_ctrl(fresh, &tls_wire::control);
            }
            return fresh;
        }();
        return made;
    }

    std::vector<std::byte> received_;
    std::size_t taken_ = 0; // OpenSSL has had what stands before this place
    std::size_t filled_ = 0;
    byte_writer output_;
};

} // namespace pgcoro
