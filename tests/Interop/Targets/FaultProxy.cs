using System.Net;
using System.Net.Sockets;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Passes connections on to a target, and cuts, stops or spoils them when told to. It knows bytes only.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int LeastSpoilt = 2048; // pieces of that size are data in the full feature phase, never a login
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly Lock _gate = new();
    private readonly List<Pipe> _pipes = [];
    private readonly Task _accepting;

    public FaultProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Portal => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Connections that passed through it.</summary>
    public int Accepted { get; private set; }

    /// <summary>Pieces that were spoilt.</summary>
    public int Spoilt { get; private set; }

    /// <summary>Cuts a connection that has carried data; the target's side as well.</summary>
    /// <returns>False: there is none.</returns>
    public bool Cut(Random random, bool reset)
    {
        if (Pick(random) is not { } pipe)
        {
            return false;
        }

        pipe.Cut(reset);
        return true;
    }

    /// <summary>Nothing passes on one connection for a while.</summary>
    public bool Stall(Random random, TimeSpan time)
    {
        if (Pick(random) is not { } pipe)
        {
            return false;
        }

        pipe.StallUntil = Environment.TickCount64 + (long)time.TotalMilliseconds;
        return true;
    }

    /// <summary>One byte of the next large piece in one direction of one connection is changed.</summary>
    public bool Spoil(Random random, bool fromTarget)
    {
        if (Pick(random) is not { } pipe)
        {
            return false;
        }

        if (fromTarget)
        {
            pipe.SpoilFromTarget = true;
        }
        else
        {
            pipe.SpoilToTarget = true;
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Pipe[] left;
        lock (_gate)
        {
            left = [.. _pipes];
        }

        foreach (Pipe pipe in left)
        {
            pipe.Cut(reset: true);
        }
    }

    private Pipe? Pick(Random random)
    {
        lock (_gate)
        {
            Pipe[] busy = [.. _pipes.Where(static it => it.Carried > 1 << 16)];
            return busy.Length == 0 ? null : busy[random.Next(busy.Length)];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket initiator = await _listener.AcceptSocketAsync();
                Accepted++;
                _ = ServeAsync(initiator);
            }
        }
        catch (SocketException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(Socket initiator)
    {
        Socket target = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await target.ConnectAsync(_target);
        }
        catch (SocketException)
        {
            initiator.Dispose();
            target.Dispose();
            return;
        }

        Pipe pipe = new(this, initiator, target);
        lock (_gate)
        {
            _pipes.Add(pipe);
        }

        await pipe.RunAsync();
        lock (_gate)
        {
            _pipes.Remove(pipe);
        }
    }

    private sealed class Pipe(FaultProxy proxy, Socket initiator, Socket target)
    {
        private readonly Random _random = new(17);
        private volatile bool _cut;

        public long Carried { get; private set; }

        public long StallUntil { get; set; }

        public bool SpoilFromTarget { get; set; }

        public bool SpoilToTarget { get; set; }

        public void Cut(bool reset)
        {
            _cut = true;
            foreach (Socket side in new[] { initiator, target })
            {
                try
                {
                    if (reset)
                    {
                        side.LingerState = new(true, 0);
                        side.Dispose();
                    }
                    else
                    {
                        side.Shutdown(SocketShutdown.Send); // what comes is read on, so that it stays a FIN
                    }
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                {
                    // That side was faster.
                }
            }
        }

        public async Task RunAsync()
        {
            (initiator.NoDelay, target.NoDelay) = (true, true);
            await Task.WhenAll(PumpAsync(initiator, target, toTarget: true), PumpAsync(target, initiator, toTarget: false));
            initiator.Dispose();
            target.Dispose();
        }

        private async Task PumpAsync(Socket from, Socket to, bool toTarget)
        {
            byte[] buffer = new byte[1 << 16];
            try
            {
                while (await from.ReceiveAsync(buffer) is > 0 and int got)
                {
                    while (!_cut && Environment.TickCount64 < StallUntil)
                    {
                        await Task.Delay(10);
                    }

                    if (_cut)
                    {
                        continue;
                    }

                    Carried += got;
                    SpoilIfAsked(buffer.AsSpan(0, got), toTarget);
                    for (int sent = 0; sent < got;)
                    {
                        sent += await to.SendAsync(buffer.AsMemory(sent, got - sent));
                    }
                }

                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // One side is gone; the other must not wait for it.
                initiator.Dispose();
                target.Dispose();
            }
        }

        private void SpoilIfAsked(Span<byte> bytes, bool toTarget)
        {
            if (bytes.Length < LeastSpoilt || !(toTarget ? SpoilToTarget : SpoilFromTarget))
            {
                return;
            }

            (SpoilToTarget, SpoilFromTarget) = toTarget ? (false, SpoilFromTarget) : (SpoilToTarget, false);
            bytes[_random.Next(bytes.Length)] ^= 0x10;
            proxy.Spoilt++;
        }
    }
}
