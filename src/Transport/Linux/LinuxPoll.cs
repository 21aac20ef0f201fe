using System.Runtime.InteropServices;

namespace Blockwire.Transport;

/// <summary>The system calls of a poller: epoll, and the eventfd that wakes it.</summary>
internal static partial class LinuxPoll
{
    /// <summary>EPOLLIN: there is something to receive.</summary>
    public const uint In = 0x001;

    /// <summary>EPOLLOUT: there is room to send.</summary>
    public const uint Out = 0x004;

    /// <summary>
    /// EPOLLERR, EPOLLHUP, EPOLLRDHUP: the peer has ended, or the connection has. And EPOLLPRI: urgent data, before which a receive stops short although there is more.
    /// </summary>
    public const uint Unusual = 0x002 | 0x008 | 0x010 | 0x2000;

    private const uint EdgeTriggered = 1u << 31;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Add = 1;
    private const int Eintr = 4;

    // struct epoll_event is packed on x86-64 alone.
    private static readonly int _dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>Bytes of one event.</summary>
    public static int EventBytes => _dataOffset + sizeof(long);

    /// <summary>Makes an epoll instance.</summary>
    /// <exception cref="IOException">There is none to be had: no more file handles, say.</exception>
    public static int Create() => Checked(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>Makes an eventfd.</summary>
    /// <exception cref="IOException">There is none to be had.</exception>
    public static int CreateEvent() => Checked(EventFd(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>Closes an epoll instance or an eventfd.</summary>
    public static void Close(int file) => new Microsoft.Win32.SafeHandles.SafeFileHandle(file, ownsHandle: true).Dispose();

    /// <summary>Watches a file descriptor for every event, edge-triggered.</summary>
    /// <exception cref="IOException">The kernel refuses: the limit of watches is reached, say.</exception>
    public static unsafe void Watch(int poll, SafeHandle file, long data)
    {
        byte* watched = stackalloc byte[16];
        *(uint*)watched = In | Out | Unusual | EdgeTriggered;
        *(long*)(watched + _dataOffset) = data;
        Checked(EpollControl(poll, Add, file, watched), "epoll_ctl");
    }

    /// <summary>As the other, for the eventfd.</summary>
    public static void WatchEvent(int poll, int eventFd, long data)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = new(eventFd, ownsHandle: false);
        Watch(poll, handle, data);
    }

    /// <summary>Waits for events; returns how many there are. -1 ms: without end.</summary>
    public static unsafe int Wait(int poll, byte* events, int most, int milliseconds)
    {
        while (true)
        {
            int count = EpollWait(poll, events, most, milliseconds);
            if (count >= 0)
            {
                return count;
            }

            if (Marshal.GetLastPInvokeError() != Eintr)
            {
                throw Failure("epoll_wait");
            }
        }
    }

    /// <summary>The mask and the data of an event.</summary>
    public static unsafe uint Read(byte* events, int index, out long data)
    {
        byte* one = events + (index * EventBytes);
        data = *(long*)(one + _dataOffset);
        return *(uint*)one;
    }

    /// <summary>Makes the eventfd readable. Always an edge, so that it never needs to be read.</summary>
    public static unsafe void Ring(int eventFd)
    {
        ulong one = 1;
        _ = Write(eventFd, &one, sizeof(ulong)); // fails only when 2^64-1 calls were not read: it is readable then
    }

    private static int Checked(int result, string call) => result >= 0 ? result : throw Failure(call);

    private static IOException Failure(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int EpollControl(int poll, int operation, SafeHandle file, byte* watched);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int EpollWait(int poll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint Write(int file, void* bytes, nuint count);
}
