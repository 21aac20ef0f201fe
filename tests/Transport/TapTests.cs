using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Blockwire.Wire;

namespace Blockwire.Transport.Tests;

/// <summary>A tap hears every byte once and in order, however it travels.</summary>
public sealed class TapTests
{
    [Fact]
    public async Task Received_bytes_are_heard_in_the_window_and_in_landings()
    {
        byte[] stream = [.. Enumerable.Range(0, 300_000).Select(static it => (byte)(it * 7))];
        Tap tap = new();
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, tap: tap);
        Task sending = Task.Run(() =>
        {
            pair.Far.Send(stream);
            pair.Far.Shutdown(SocketShutdown.Send);
        });

        Assert.True(await window.ReceiveAsync(default));
        byte[] landing = new byte[250_000];
        Assert.True(await window.ReceiveExactlyAsync(landing, default));
        while (await window.ReceiveAsync(default))
        {
            window.Advance(window.Unread.Length);
        }

        await sending;
        Assert.Equal(stream, tap.Heard.ToArray());
        Assert.True(tap.ReceiveEnded);
    }

    [Fact]
    public async Task Sent_bytes_are_heard_as_they_arrive()
    {
        byte[] data = [.. Enumerable.Range(0, 500_001).Select(static it => (byte)(it * 13))];
        PduBatch batch = new();
        new NopIn(0, 5, Bhs.ReservedTag).Emit(batch.Add(data));
        new NopIn(0, Bhs.ReservedTag, Bhs.ReservedTag).Emit(batch.Add());
        batch.Seal(headerDigest: true, dataDigest: true);
        int length = Enumerable.Range(0, batch.PieceCount).Sum(it => batch.Piece(it).Length);
        Tap tap = new();
        using SocketPair pair = await SocketPair.ConnectAsync();
        byte[] arrived = new byte[length];
        Task receiving = Task.Run(() =>
        {
            for (int have = 0; have < length;)
            {
                have += pair.Far.Receive(arrived.AsSpan(have));
            }
        });

        await new GatherSender(StreamSocket.Over(pair.Near), tap).SendAsync(batch);

        await receiving;
        Assert.Equal(arrived, tap.Said.ToArray());
        Assert.Equal(data, arrived.AsSpan(52, data.Length).ToArray());
    }

    [Fact]
    public async Task A_connection_is_told_with_its_addresses_and_its_end()
    {
        Tap tap = new();
        using BlockPool pool = new();
        using PortalListener listener = PortalListener.Listen(new(IPAddress.Loopback, 0), pool, tap);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint);
        PeerConnection peer = (await listener.AcceptAsync(default))!;

        Assert.Equal((listener.EndPoint, (IPEndPoint)client.LocalEndPoint!, true), tap.Opened);
        peer.HalfClose();
        Assert.True(tap.SendEnded);
        peer.Dispose();
        peer.Dispose();
        Assert.Equal(1, tap.Closings);
    }

    private sealed class Tap : ITransportTap, IConnectionTap
    {
        public ArrayBufferWriter<byte> HeardBytes { get; } = new();

        public ArrayBufferWriter<byte> SaidBytes { get; } = new();

        public ReadOnlySpan<byte> Heard => HeardBytes.WrittenSpan;

        public ReadOnlySpan<byte> Said => SaidBytes.WrittenSpan;

        public bool ReceiveEnded { get; private set; }

        public bool SendEnded { get; private set; }

        public int Closings { get; private set; }

        public (IPEndPoint Local, IPEndPoint Remote, bool Accepted) Opened { get; private set; }

        public IConnectionTap Open(IPEndPoint local, IPEndPoint remote, bool accepted)
        {
            Opened = (local, remote, accepted);
            return this;
        }

        public void Received(ReadOnlySpan<byte> bytes) => HeardBytes.Write(bytes);

        public void Sent(ReadOnlySpan<byte> bytes) => SaidBytes.Write(bytes);

        public void ReceivedEnd() => ReceiveEnded = true;

        public void SentEnd() => SendEnded = true;

        public void Closed() => Closings++;
    }
}
