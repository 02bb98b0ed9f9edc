#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pgcoro {

/// A descriptor that is closed with its object.
class file_descriptor
{
public:
    /// Throws std::system_error with the path.
    file_descriptor(std::string path, int flags) : path_{std::move(path)}
    {
        number_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0666);
        if (number_ < 0)
            fail("open");
    }
    file_descriptor(file_descriptor&& other) noexcept
        : path_{std::move(other.path_)}, number_{std::exchange(other.number_, -1)}
    {}
    file_descriptor& operator=(file_descriptor&& other) noexcept
    {
        std::swap(path_, other.path_);
        std::swap(number_, other.number_);
        return *this;
    }
    ~file_descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }

    [[nodiscard]] int number() const noexcept { return number_; }

    /// Reports what the system keeps for the end: that a disk is full.
    void close()
    {
        if (number_ >= 0 && ::close(std::exchange(number_, -1)) != 0)
            fail("close");
    }

    [[noreturn]] void fail(char const* doing) const
    {
        throw std::system_error{
            errno, std::generic_category(), "cannot " + std::string{doing} + " the file " + path_};
    }

private:
    std::string path_;
    int number_ = -1;
};

/// A file as a source of bytes, for copy_in() and chunks(). It is read a block at a time, and the
/// thread waits for the disk meanwhile. Throws std::system_error, if it can't be opened from here.
class input_file
{
public:
    explicit input_file(std::string path) : file_{std::move(path), O_RDONLY} {}

    /// In bytes; 0 of what has no size, such as a pipe.
    [[nodiscard]] std::uint64_t size() const
    {
        struct ::stat what = {};
        if (::fstat(file_.number(), &what) != 0)
            file_.fail("examine");
        return S_ISREG(what.st_mode) ? static_cast<std::uint64_t>(what.st_size) : 0;
    }

    /// The next block; nothing at the end. It lives until the next call.
    [[nodiscard]] std::optional<std::span<std::byte const>> next()
    {
        block_.resize(block_size);
        ::ssize_t got = 0;
        do
            got = ::read(file_.number(), block_.data(), block_.size());
        while (got < 0 && errno == EINTR);
        if (got < 0)
            file_.fail("read");
        if (got == 0)
            return std::nullopt;
        return std::span<std::byte const>{block_.data(), static_cast<std::size_t>(got)};
    }

private:
    static constexpr std::size_t block_size = std::size_t{256} * 1024;

    file_descriptor file_;
    std::vector<std::byte> block_;
};

/// A file as a sink of bytes, for copy_out(): made if there is none, overwritten else, but not
/// before the first bytes come. The thread waits for the disk while it is written. What was written
/// before an error stays in it. Throws std::system_error, if it can't be opened from here.
class output_file
{
public:
    explicit output_file(std::string path) : file_{std::move(path), O_WRONLY | O_CREAT} {}

    void write(std::span<std::byte const> bytes)
    {
        empty();
        while (!bytes.empty()) {
            ::ssize_t const put = ::write(file_.number(), bytes.data(), bytes.size());
            if (put < 0 && errno != EINTR)
                file_.fail("write");
            if (put > 0)
                bytes = bytes.subspan(static_cast<std::size_t>(put));
        }
    }

    /// All is there: closes the file.
    void finish()
    {
        empty();
        file_.close();
    }

private:
    void empty()
    {
        // Pipes and terminals can't be cut: there is nothing to overwrite.
        if (!std::exchange(emptied_, true) && ::ftruncate(file_.number(), 0) != 0 &&
            errno != EINVAL)
            file_.fail("overwrite");
    }

    file_descriptor file_;
    bool emptied_ = false;
};

} // namespace pgcoro
