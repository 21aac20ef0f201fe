using System.Net;
using System.Net.Sockets;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>A port on the loopback address with a target behind it, whose connections can be cut, or kept from coming about.</summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private readonly List<(Socket Initiator, Socket Target)> _open = [];
    private readonly List<Task> _pumps = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;

    public CutProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>New connections are closed at once.</summary>
    public bool Refuses { get; set; }

    /// <summary>The target's FIN does not get through.</summary>
    public bool HoldsFin { get; set; }

    /// <summary>Connections that there have been.</summary>
    public int Accepted { get; private set; }

    /// <summary>The last bytes that came from a target in one piece.</summary>
    public byte[] LastFromTarget { get; private set; } = [];

    /// <summary>Sends bytes to the initiator of the oldest connection, as if the target had.</summary>
    public async Task SendToInitiatorAsync(ReadOnlyMemory<byte> bytes, TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _open[0].Initiator.SendAsync(bytes, late.Token)..];
        }
    }

    /// <summary>Cuts connections, oldest first, on both sides with RST.</summary>
    public int Cut(int count = int.MaxValue)
    {
        (Socket Initiator, Socket Target)[] cut;
        lock (_gate)
        {
            cut = [.. _open.Take(count)];
            _open.RemoveRange(0, cut.Length);
        }

        foreach ((Socket initiator, Socket target) in cut)
        {
            Reset(initiator);
            Reset(target);
        }

        return cut.Length;
    }

    /// <summary>Waits until the initiator has closed its oldest connection altogether: what is sent to it comes back as RST.</summary>
    public async Task InitiatorClosesAsync(TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        Socket initiator = _open[0].Initiator;
        try
        {
            while (true)
            {
                await initiator.SendAsync(new byte[1], late.Token);
                await Task.Delay(20, late.Token);
            }
        }
        catch (SocketException)
        {
            // nobody is there any more
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Cut();
        await Task.WhenAll(_pumps);
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            return; // it has ended by itself
        }

        socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket initiator = await _listener.AcceptAsync();
                if (Refuses)
                {
                    Reset(initiator);
                    continue;
                }

                Socket target = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                initiator.NoDelay = true;
                await target.ConnectAsync(_target);
                lock (_gate)
                {
                    Accepted++;
                    _open.Add((initiator, target));
                    _pumps.Add(PumpAsync(initiator, target, static () => false, static _ => { }));
                    _pumps.Add(PumpAsync(target, initiator, () => HoldsFin, bytes => LastFromTarget = bytes.ToArray()));
                }
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<bool> holdsFin, Action<ReadOnlyMemory<byte>> passing)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                passing(buffer.AsMemory(0, count));
                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }

            if (!holdsFin())
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // cut
        }
    }
}
