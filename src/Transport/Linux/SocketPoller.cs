using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Blockwire.Transport;

/// <summary>
/// A thread that waits for events of many sockets (epoll) and carries on right there what waited for them: no hop to another thread, no look at a socket that
/// cannot have anything. Nothing that it carries on may block.
/// </summary>
internal sealed class SocketPoller
{
    private const int EventsPerWait = 64;
    private const int MostPollers = 16;
    private const long WakeUpData = -1;

    private static readonly Lock _startGate = new();
    private static readonly IdleSpin.Seats _seats = new(Math.Max(1, Environment.ProcessorCount / 2));
    private static SocketPoller[]? _all;

    private readonly int _poll;
    private readonly int _event;
    private readonly SocketTable _sockets = new();
    private readonly ConcurrentQueue<Readiness> _posted = new();
    private readonly IdleSpin _spin = new(_seats, IdleSpin.UsualLimit);
    private Thread? _thread;
    private int _rung;
    private long _moved;

    private SocketPoller()
    {
        _poll = LinuxPoll.Create();
        _event = -1;
        try
        {
            _event = LinuxPoll.CreateEvent();
            LinuxPoll.WatchEvent(_poll, _event, WakeUpData);
        }
        catch (IOException)
        {
            Close(); // it may be tried again with every connection
            throw;
        }
    }

    /// <summary>64-bit Linux has what is needed.</summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64
        && Environment.GetEnvironmentVariable("BLOCKWIRE_PORTABLE_SOCKETS") != "1";

    /// <summary>The poller with the fewest sockets. Pollers are started with the first socket, one for each processor, and live as long as the process.</summary>
    /// <exception cref="IOException">No file handles are left for them.</exception>
    public static SocketPoller Take()
    {
        SocketPoller[]? all = Volatile.Read(ref _all);
        if (all is null)
        {
            lock (_startGate)
            {
                all = _all;
                if (all is null)
                {
                    all = StartAll(Math.Clamp(Environment.ProcessorCount, 1, MostPollers));
                    Volatile.Write(ref _all, all);
                }
            }
        }

        SocketPoller fewest = all[0];
        foreach (SocketPoller poller in all)
        {
            fewest = poller._sockets.Count < fewest._sockets.Count ? poller : fewest;
        }

        return fewest;
    }

    /// <summary>Watches a socket. Returns what <see cref="Remove"/> wants.</summary>
    public long Add(PolledSocket socket, SafeHandle handle)
    {
        long registration = _sockets.Add(socket);
        try
        {
            LinuxPoll.Watch(_poll, handle, registration);
        }
        catch
        {
            _sockets.Remove(registration);
            throw;
        }

        return registration;
    }

    /// <summary>Forgets a socket that is about to be closed; the kernel forgets it with the close.</summary>
    public void Remove(long registration) => _sockets.Remove(registration);

    /// <summary>Tells on the poller's thread, after what it is at.</summary>
    public void Post(Readiness readiness)
    {
        _posted.Enqueue(readiness);
        if (Thread.CurrentThread != _thread && Interlocked.Exchange(ref _rung, 1) == 0)
        {
            LinuxPoll.Ring(_event);
        }
    }

    /// <summary>So many bytes were received or sent. A hint: of two threads at once one may be lost.</summary>
    public void CountMoved(nint bytes) => _moved += bytes;

    /// <summary>Starts pollers.</summary>
    /// <exception cref="IOException">No file handles are left for them; none is started.</exception>
    internal static SocketPoller[] StartAll(int count)
    {
        SocketPoller[] all = new SocketPoller[count];
        int made = 0;
        try
        {
            for (; made < count; made++)
            {
                all[made] = new SocketPoller();
            }
        }
        catch (IOException)
        {
            foreach (SocketPoller poller in all.AsSpan(0, made))
            {
                poller.Close();
            }

            throw;
        }

        for (int i = 0; i < count; i++)
        {
            all[i].Start(i);
        }

        return all;
    }

    // What is asynchronous in whoever comes first (AsyncLocal) must not flow to the sockets of all.
    private void Start(int index)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = $"sockets {index}" };
        _thread.UnsafeStart();
    }

    // Only while its thread does not run.
    private void Close()
    {
        LinuxPoll.Close(_poll);
        if (_event >= 0)
        {
            LinuxPoll.Close(_event);
        }
    }

    private unsafe void Run()
    {
        byte* events = stackalloc byte[EventsPerWait * 16];
        while (true)
        {
            int count = _posted.IsEmpty ? Wait(events) : LinuxPoll.Wait(_poll, events, EventsPerWait, 0);
            for (int i = 0; i < count; i++)
            {
                uint mask = LinuxPoll.Read(events, i, out long data);
                if (data != WakeUpData)
                {
                    _sockets.Find(data)?.OnEvents(mask);
                }
            }

            TellPosted();
        }
    }

    // Only what was posted before: what is posted meanwhile waits for a look at the sockets.
    private void TellPosted()
    {
        Volatile.Write(ref _rung, 0);
        Interlocked.MemoryBarrier();
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out Readiness? readiness); left--)
        {
            readiness.Tell();
        }
    }

    private unsafe int Wait(byte* events)
    {
        long from = Stopwatch.GetTimestamp();
        long until = _spin.Begin(from, _moved);
        _moved = 0;
        while (until > from)
        {
            int count = LinuxPoll.Wait(_poll, events, EventsPerWait, 0);
            if (count > 0)
            {
                _spin.End(hit: true);
                return count;
            }

            if (Stopwatch.GetTimestamp() >= until || !_posted.IsEmpty)
            {
                _spin.End(hit: !_posted.IsEmpty);
                break;
            }

            Thread.SpinWait(IdleSpin.PauseIterations);
        }

        int found = LinuxPoll.Wait(_poll, events, EventsPerWait, _posted.IsEmpty ? -1 : 0);
        _spin.Waited(Stopwatch.GetTimestamp() - from);
        return found;
    }
}
