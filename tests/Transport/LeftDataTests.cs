using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Blockwire.Transport.Tests;

/// <summary>Data that stays with the system until it is fetched to where it belongs.</summary>
public sealed partial class LeftDataTests
{
    private const int HeaderBytes = 48, PayloadBytes = 40_000;

    public LeftDataTests() => Assert.SkipUnless(SocketPoller.IsSupported, "only our own sockets leave data with the system");

    [Fact]
    public async Task Headers_are_received_alone_and_payloads_are_fetched_behind_them()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool) { HeadersOnly = true };
        Assert.True(window.CanLeaveData);
        byte[] stream = new byte[3 * (HeaderBytes + PayloadBytes)];
        new Random(1).NextBytes(stream);
        Task sending = Task.Run(() => pair.Far.Send(stream));
        for (int at = 0; at < stream.Length; at += HeaderBytes + PayloadBytes)
        {
            while (window.Unread.Length < HeaderBytes)
            {
                Assert.True(await window.ReceiveAsync(default));
            }

            Assert.Equal(stream[at..(at + HeaderBytes)], window.Unread.ToArray());
            Assert.False(window.HasArrived(1)); // something is unread
            window.Advance(HeaderBytes);
            await UntilAsync(() => window.HasArrived(PayloadBytes));
            byte[] payload = new byte[PayloadBytes];
            Assert.True(window.TryFetch(payload, out int fetched));
            Assert.Equal((PayloadBytes, true), (fetched, payload.AsSpan().SequenceEqual(stream.AsSpan(at + HeaderBytes, PayloadBytes))));
        }

        await sending;
        ValueTask<bool> next = window.ReceiveAsync(default);
        await pair.Far.SendAsync(new byte[] { 7 });
        Assert.True(await next);
        Assert.Equal([7], window.Unread.ToArray());
    }

    [Fact]
    public async Task More_than_has_arrived_is_not_promised()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        await pair.Far.SendAsync(new byte[100]);
        await UntilAsync(() => window.HasArrived(100));
        Assert.False(window.HasArrived(101));
    }

    [Fact]
    public async Task Data_that_arrived_can_be_fetched_though_its_sender_has_reset_the_connection()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        byte[] sent = [1, 2, 3, 4];
        await pair.Far.SendAsync(sent);
        await UntilAsync(() => window.HasArrived(4));
        pair.Far.LingerState = new LingerOption(true, 0);
        pair.Far.Dispose();
        byte[] got = new byte[4];
        Assert.Equal((true, 4), (window.TryFetch(got, out int fetched), fetched));
        Assert.Equal(sent, got);
        Assert.False(window.TryFetch(got, out _));
    }

    [Fact]
    public async Task A_connection_that_was_aborted_has_nothing()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        StreamSocket socket = StreamSocket.Over(pair.Near);
        using ReceiveWindow window = new(socket, pool);
        await pair.Far.SendAsync(new byte[4]);
        await UntilAsync(() => window.HasArrived(4));
        socket.Dispose();
        Assert.False(window.TryFetch(new byte[4], out _));
        Assert.Throws<ObjectDisposedException>(() => window.HasArrived(1));
    }

    [Fact]
    public async Task Memory_that_cannot_be_written_to_ends_the_fetch_and_the_rest_is_still_there()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        byte[] sent = new byte[3 * Environment.SystemPageSize];
        new Random(2).NextBytes(sent);
        await pair.Far.SendAsync(sent);
        await UntilAsync(() => window.HasArrived(sent.Length));
        int there = FetchToHalfReadOnlyMemory(window, sent);
        byte[] rest = new byte[sent.Length - there];
        Assert.True(window.TryFetch(rest, out int fetched));
        Assert.Equal((rest.Length, true), (fetched, rest.AsSpan().SequenceEqual(sent.AsSpan(there))));
    }

    private static unsafe int FetchToHalfReadOnlyMemory(ReceiveWindow window, byte[] sent)
    {
        int page = Environment.SystemPageSize;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(4 * page), (nuint)page);
        try
        {
            Assert.Equal(0, Protect(memory + page, (nuint)(3 * page), ProtectRead));
            Assert.True(window.TryFetch(new Span<byte>(memory, sent.Length), out int there));
            Assert.InRange(there, 0, page);
            Assert.Equal(sent[..there], new ReadOnlySpan<byte>(memory, there).ToArray());
            return there;
        }
        finally
        {
            Assert.Equal(0, Protect(memory, (nuint)(4 * page), ProtectRead | ProtectWrite));
            NativeMemory.AlignedFree(memory);
        }
    }

    private const int ProtectRead = 1, ProtectWrite = 2;

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static unsafe partial int Protect(void* start, nuint lengthBytes, int protection);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(1, late.Token);
        }
    }
}
