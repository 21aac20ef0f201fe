using System.Runtime.InteropServices;

namespace Blockwire.Cli.Streams;

/// <summary>
/// Standard input, output or error by read(2) and write(2). The streams of <see cref="Console"/> share one lock on Unix and hide a reader that went away; a file stream
/// reads and writes at a position of its own, where the descriptor may be shared with other programs.
/// </summary>
internal sealed partial class DescriptorStream : Stream
{
    private const int Interrupted = 4;          // EINTR
    private const short CanReadNow = 1;         // POLLIN
    private const short CanWriteNow = 4;        // POLLOUT

    private readonly int _descriptor;

    private DescriptorStream(int descriptor) => _descriptor = descriptor;

    public override bool CanRead => _descriptor == 0;

    public override bool CanSeek => false;

    public override bool CanWrite => _descriptor != 0;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;       // EAGAIN

    public static Stream OpenInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : new DescriptorStream(0);

    public static Stream OpenOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new DescriptorStream(1);

    public static Stream OpenError() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new DescriptorStream(2);

    /// <exception cref="IOException">It cannot be read.</exception>
    public override unsafe int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint read;
            fixed (byte* start = buffer)
            {
                read = Read(_descriptor, start, (nuint)buffer.Length);
            }

            if (read >= 0)
            {
                return (int)read;
            }

            WaitOrThrow(CanReadNow);
        }
    }

    /// <exception cref="IOException">It cannot be written to: EPIPE, ENOSPC and the like.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written;
            fixed (byte* start = buffer)
            {
                written = Write(_descriptor, start, (nuint)buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
            }
            else
            {
                WaitOrThrow(CanWriteNow);
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back here.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WaitOrThrow(short events)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error == WouldBlock)
        {
            // Somebody who shares the descriptor made it non-blocking.
            WaitedFor room = new() { Descriptor = _descriptor, Events = events };
            _ = Poll(ref room, 1, -1);
        }
        else if (error != Interrupted)
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int descriptor, byte* start, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* start, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref WaitedFor descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WaitedFor
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
