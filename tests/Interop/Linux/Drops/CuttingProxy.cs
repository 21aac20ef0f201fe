using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Blockwire.Interop.Tests.Linux.Drops;

/// <summary>A port on 127.0.0.1 behind which the target is, whose connections are cut on demand.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    // More than the eight commands that fio keeps outstanding: the kernel gives a command up when six connections in a row are lost under it.
    private const int ResponsesToWork = 14;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Channel<ProxiedConnection> _working = Channel.CreateUnbounded<ProxiedConnection>();
    private readonly ConcurrentQueue<ProxiedConnection> _connections = new();
    private readonly ConcurrentBag<Task> _runs = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private Cut? _nextLogin;

    public CuttingProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Every connection so far, in order.</summary>
    public IReadOnlyList<ProxiedConnection> Connections => [.. _connections];

    /// <summary>Cuts the connection that the initiator works with, once it does; and the login that follows, where the cut says so.</summary>
    public async Task DropAsync(Cut cut, CancellationToken late)
    {
        ProxiedConnection connection;
        do
        {
            connection = await _working.Reader.ReadAsync(late);
            _nextLogin = cut.Login is null ? null : cut;
        }
        while (!await connection.CutAsync(cut, late));
    }

    /// <summary>Waits until the initiator works with a connection again that is not cut.</summary>
    public Task ExpectWorkAsync(CancellationToken late) => _working.Reader.ReadAsync(late).AsTask();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_runs);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket initiator = await _listener.AcceptAsync();
                Socket target = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await target.ConnectAsync(_target);
                ProxiedConnection connection = new(initiator, target, ResponsesToWork, Interlocked.Exchange(ref _nextLogin, null));
                _connections.Enqueue(connection);
                _runs.Add(RunAsync(connection));
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            _working.Writer.TryComplete(over);
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        try
        {
            Task run = connection.RunAsync();
            if (await Task.WhenAny(run, connection.Worked) == connection.Worked)
            {
                _working.Writer.TryWrite(connection);
            }

            await run;
        }
        catch (Exception defect)
        {
            _working.Writer.TryComplete(defect);
            throw;
        }
    }
}
