using System.Net;
using System.Net.Sockets;
using Blockwire.Wire;

namespace Blockwire.Transport.Tests;

public class PortalListenerTests
{
    [Fact]
    public async Task It_picks_a_port_and_hands_out_what_connects()
    {
        using BlockPool pool = new();
        using PortalListener listener = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        Assert.NotEqual(0, listener.EndPoint.Port);
        using TcpClient client = new(AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.EndPoint);
        using PeerConnection? peer = await listener.AcceptAsync(default);
        Assert.Equal(client.Client.LocalEndPoint, peer!.Remote);
        Assert.Equal(listener.EndPoint, peer.Local);
    }

    [Fact]
    public async Task A_disposed_or_cancelled_listener_hands_out_null()
    {
        using BlockPool pool = new();
        PortalListener listener = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        using CancellationTokenSource stop = new();
        ValueTask<PeerConnection?> cancelled = listener.AcceptAsync(stop.Token);
        await stop.CancelAsync();
        Assert.Null(await cancelled);
        ValueTask<PeerConnection?> waiting = listener.AcceptAsync(default);
        listener.Dispose();
        Assert.Null(await waiting);
        Assert.Null(await listener.AcceptAsync(default));
    }

    [Fact]
    public void An_address_in_use_is_an_error()
    {
        using BlockPool pool = new();
        using PortalListener first = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        SocketException error = Assert.Throws<SocketException>(() => PortalListener.Listen(first.EndPoint, pool));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_listener_can_be_opened_again_while_old_connections_time_out()
    {
        using BlockPool pool = new();
        IPEndPoint address;
        using (PortalListener first = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool))
        {
            address = first.EndPoint;
            using TcpClient client = new(AddressFamily.InterNetwork);
            await client.ConnectAsync(address);
            PeerConnection? peer = await first.AcceptAsync(default);
            peer!.Dispose(); // who closes first keeps the address in TIME_WAIT
            Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]));
        }

        using PortalListener second = PortalListener.Listen(address, pool);
        Assert.Equal(address, second.EndPoint);
    }

    [Fact]
    public async Task A_connection_that_was_reset_before_it_was_accepted_does_no_harm()
    {
        using BlockPool pool = new();
        using PortalListener listener = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        using (Socket early = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await early.ConnectAsync(listener.EndPoint);
            early.LingerState = new LingerOption(true, 0);
        }

        using TcpClient client = new(AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.EndPoint);
        while (true)
        {
            using PeerConnection? peer = await listener.AcceptAsync(default);
            if (peer!.Remote.Equals(client.Client.LocalEndPoint))
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Half_close_sends_FIN_and_still_receives()
    {
        using BlockPool pool = new();
        using PortalListener listener = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        using TcpClient client = new(AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.EndPoint);
        using PeerConnection? peer = await listener.AcceptAsync(default);
        PduBatch batch = new();
        batch.Add().Clear();
        batch.Seal(false, false);
        await peer!.SendAsync(batch);
        peer.HalfClose();
        byte[] received = new byte[100];
        Assert.Equal(48, await client.Client.ReceiveAsync(received));
        Assert.Equal(0, await client.Client.ReceiveAsync(received));
        await client.Client.SendAsync(new byte[5]);
        Assert.True(await peer.Window.ReceiveAsync(default));
        Assert.Equal(5, peer.Window.Unread.Length);
        await Assert.ThrowsAsync<SocketException>(async () => await peer.SendAsync(batch));
    }

    [Fact]
    public async Task Abort_ends_a_pending_receive()
    {
        using BlockPool pool = new();
        using PortalListener listener = PortalListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), pool);
        using TcpClient client = new(AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.EndPoint);
        using PeerConnection? peer = await listener.AcceptAsync(default);
        ValueTask<bool> receiving = peer!.Window.ReceiveAsync(default);
        peer.Abort();
        peer.HalfClose();
        Exception ended = await Assert.ThrowsAnyAsync<Exception>(async () => await receiving);
        Assert.True(ended is SocketException or ObjectDisposedException, ended.ToString());
    }
}
