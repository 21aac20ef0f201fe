using System.Runtime.InteropServices;
using System.Text;

namespace Blockwire.Cli.Logging;

/// <summary>
/// Standard error, written with write(2) where there is one. The streams of <see cref="Console"/> share one lock on Unix: while a write to a stderr that nobody reads
/// waits, a write to stdout would wait too. A file stream is no substitute, because it writes at a position of its own where stdout goes to the same file.
/// </summary>
internal sealed partial class StandardError : Stream
{
    private const int Descriptor = 2;
    private const int Interrupted = 4;          // EINTR
    private const short CanWriteNow = 4;        // POLLOUT

    private StandardError()
    {
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;       // EAGAIN

    /// <summary>A writer for any thread. What it holds goes out when it is flushed.</summary>
    public static TextWriter OpenWriter() => TextWriter.Synchronized(
        new StreamWriter(OperatingSystem.IsWindows() ? Console.OpenStandardError() : new StandardError(), new UTF8Encoding(false)));

    /// <exception cref="IOException">It cannot be written to: EPIPE, ENOSPC and the like.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written;
            fixed (byte* start = buffer)
            {
                written = Write(Descriptor, start, (nuint)buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                // Somebody who shares the descriptor made it non-blocking.
                WaitedFor room = new() { Descriptor = Descriptor, Events = CanWriteNow };
                _ = Poll(ref room, 1, -1);
            }
            else if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

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
