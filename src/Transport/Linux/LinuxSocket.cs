using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Blockwire.Transport;

/// <summary>
/// Receives and gather writes that never wait: what <see cref="PolledSocket"/> needs and the framework's sockets lack.
/// </summary>
internal static partial class LinuxSocket
{
    /// <summary>Most pieces in one call (IOV_MAX).</summary>
    public const int MaxPieces = 1024;

    private const int MsgPeek = 0x02;
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const nuint BytesToRead = 0x541B; // FIONREAD
    private const int Eintr = 4;
    private const int Eagain = 11;

    /// <summary>Sends as much as the socket takes now. Returns bytes taken; 0 when it would block.</summary>
    /// <exception cref="SocketException">The connection is gone, or the first byte cannot be read (<see cref="SocketError.Fault"/>).</exception>
    public static unsafe nint TrySend(SafeSocketHandle socket, Piece* pieces, int count)
    {
        MessageHeader header = new() { Pieces = pieces, PieceCount = (nuint)count };
        while (true)
        {
            nint sent = SendMessage(socket, &header, MsgDontWait | MsgNoSignal);
            if (sent >= 0)
            {
                return sent;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Eintr:
                    continue;
                case Eagain:
                    return 0;
                default:
                    throw new SocketException(ErrorOf(Marshal.GetLastPInvokeError()));
            }
        }
    }

    /// <summary>Receives what is there. 0: the peer's end of stream; -1: nothing is there now.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static unsafe int TryReceive(SafeSocketHandle socket, Span<byte> into, bool peek = false)
    {
        fixed (byte* start = into)
        {
            while (true)
            {
                nint received = Receive(socket, start, (nuint)into.Length, peek ? MsgDontWait | MsgPeek : MsgDontWait);
                if (received >= 0)
                {
                    return (int)received;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Eintr:
                        continue;
                    case Eagain:
                        return -1;
                    default:
                        throw new SocketException(ErrorOf(Marshal.GetLastPInvokeError()));
                }
            }
        }
    }

    /// <summary>Bytes that a receive would give now; 0 when that cannot be told.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public static unsafe int CountArrived(SafeSocketHandle socket)
    {
        int count;
        return Control(socket, BytesToRead, &count) == 0 ? count : 0;
    }

    // The numbers that a peer's behaviour can cause, or that of who cuts a file short whose pages are lent; anything else is a defect of ours and shows as its number.
    private static int ErrorOf(int errno) => errno switch
    {
        14 => (int)SocketError.Fault, // EFAULT
        32 => (int)SocketError.Shutdown, // EPIPE
        104 => (int)SocketError.ConnectionReset, // ECONNRESET
        110 => (int)SocketError.TimedOut, // ETIMEDOUT
        113 => (int)SocketError.HostUnreachable, // EHOSTUNREACH
        _ => errno,
    };

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeSocketHandle socket, nuint request, int* value);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(SafeSocketHandle socket, byte* into, nuint length, int flags);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Piece
    {
        public void* Start;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
