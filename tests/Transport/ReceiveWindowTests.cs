using System.Net.Sockets;

namespace Blockwire.Transport.Tests;

public class ReceiveWindowTests
{
    [Fact]
    public async Task Bytes_come_out_whole_wherever_the_stream_is_cut()
    {
        byte[] stream = Bytes(97);
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            using SocketPair pair = await SocketPair.ConnectAsync();
            using BlockPool pool = new();
            using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
            await pair.Far.SendAsync(stream.AsMemory(0, cut));
            await FillAsync(window, cut);
            Assert.Equal(stream[..cut], window.Unread.ToArray());
            window.Advance(cut / 2);
            await pair.Far.SendAsync(stream.AsMemory(cut));
            await FillAsync(window, stream.Length - (cut / 2));
            Assert.Equal(stream[(cut / 2)..], window.Unread.ToArray());
        }
    }

    [Fact]
    public async Task A_payload_is_taken_from_the_window_first_and_then_from_the_socket()
    {
        byte[] stream = Bytes(300_000);
        foreach (int before in (int[])[0, 1, 47, 48, 5000])
        {
            using SocketPair pair = await SocketPair.ConnectAsync();
            using BlockPool pool = new();
            using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
            await pair.Far.SendAsync(stream.AsMemory(0, before + 10));
            await FillAsync(window, before + 10);
            window.Advance(before);
            Task sending = Task.Run(() => pair.Far.Send(stream.AsSpan(before + 10)));
            byte[] landing = new byte[stream.Length - before - 5];
            Assert.True(await window.ReceiveExactlyAsync(landing, default));
            Assert.Equal(stream[before..^5], landing);
            await sending;
            await FillAsync(window, 5);
            Assert.Equal(stream[^5..], window.Unread.ToArray());
        }
    }

    [Fact]
    public async Task Little_is_received_before_a_payload_that_is_to_go_into_its_place()
    {
        byte[] stream = Bytes(100_000);
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool) { ExpectsLargePayload = true };
        Task sending = Task.Run(() => pair.Far.Send(stream));
        await FillAsync(window, 48);
        Assert.InRange(window.Unread.Length, 48, 1024);
        window.Advance(48);

        byte[] landing = new byte[stream.Length - 48];
        Assert.True(await window.ReceiveExactlyAsync(landing, default));

        Assert.Equal(stream[48..], landing);
        await sending;
    }

    [Fact]
    public async Task A_buffer_that_is_filled_again_and_again_is_widened_until_the_connection_is_quiet()
    {
        ManualClock clock = new();
        byte[] stream = Bytes(2 << 20);
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, clock);
        window.Enlarge();
        Task sending = Task.Run(() => pair.Far.Send(stream));
        List<byte> received = [];
        while (received.Count < stream.Length)
        {
            await FillAsync(window, Math.Min(100, stream.Length - received.Count));
            received.AddRange(window.Unread[..^(window.Unread.Length % 100)].Span);
            window.Advance(window.Unread.Length - (window.Unread.Length % 100));
            if (stream.Length - received.Count < 100)
            {
                await FillAsync(window, stream.Length - received.Count);
                received.AddRange(window.Unread.Span);
                window.Advance(window.Unread.Length);
            }
        }

        await sending;
        Assert.True(stream.AsSpan().SequenceEqual(received.ToArray()));
        Assert.Equal(ReceiveWindow.WideBufferBytes, pool.RentedBytes);

        ValueTask<bool> last = window.ReceiveAsync(default);
        clock.Advance(ReceiveWindow.QuietAfter);
        await pair.Far.SendAsync(new byte[1]);
        Assert.True(await last);
        window.Advance(1);
        ValueTask<bool> quiet = window.ReceiveAsync(default);
        Assert.Equal(0, pool.RentedBytes);
        await pair.Far.SendAsync(new byte[1]);
        Assert.True(await quiet);
        Assert.Equal(ReceiveWindow.LargeBufferBytes, pool.RentedBytes);
    }

    [Fact]
    public async Task The_end_of_the_stream_is_told()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        await pair.Far.SendAsync(new byte[10]);
        pair.Far.Shutdown(SocketShutdown.Send);
        Assert.False(await window.ReceiveExactlyAsync(new byte[11], default));
        Assert.False(await window.ReceiveAsync(default));
    }

    [Fact]
    public async Task A_connection_that_says_nothing_holds_no_buffer()
    {
        ManualClock clock = new();
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, clock);
        ValueTask<bool> first = window.ReceiveAsync(default);
        Assert.Equal(0, pool.RentedBytes);
        await pair.Far.SendAsync(new byte[8]);
        Assert.True(await first);
        await FillAsync(window, 8);
        Assert.Equal(ReceiveWindow.SmallBufferBytes, pool.RentedBytes);
        window.Advance(8);

        // It spoke at once: the buffer stays. Then it is quiet for a second, and at the next wait the buffer goes.
        ValueTask<bool> busy = window.ReceiveAsync(default);
        Assert.Equal(ReceiveWindow.SmallBufferBytes, pool.RentedBytes);
        clock.Advance(ReceiveWindow.QuietAfter);
        await pair.Far.SendAsync(new byte[1]);
        Assert.True(await busy);
        window.Advance(1);
        ValueTask<bool> quiet = window.ReceiveAsync(default);
        Assert.Equal(0, pool.RentedBytes);
        await pair.Far.SendAsync(new byte[] { 42 });
        Assert.True(await quiet);
        Assert.Equal([42], window.Unread.ToArray());
    }

    [Fact(Skip = "needs epoll", SkipUnless = nameof(PolledSocketTests.IsSupported), SkipType = typeof(PolledSocketTests))]
    public async Task A_connection_that_falls_silent_gives_its_buffer_back()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, new ManualClock());
        await pair.Far.SendAsync(new byte[8]);
        await FillAsync(window, 8);
        window.Advance(8);
        ValueTask<bool> silent = window.ReceiveAsync(default);
        window.RestIfSilent();
        Assert.Equal(ReceiveWindow.SmallBufferBytes, pool.RentedBytes);
        window.RestIfSilent();
        Assert.True(SpinWait.SpinUntil(() => pool.RentedBytes == 0, TimeSpan.FromSeconds(20)));
        await pair.Far.SendAsync(new byte[] { 42 });
        Assert.True(await silent);
        Assert.Equal([42], window.Unread.ToArray());
    }

    [Fact]
    public async Task A_connection_that_falls_silent_inside_a_PDU_keeps_what_is_unread()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, new ManualClock());
        await pair.Far.SendAsync(new byte[] { 1 });
        await FillAsync(window, 1);
        ValueTask<bool> silent = window.ReceiveAsync(default);
        window.RestIfSilent();
        window.RestIfSilent();
        await pair.Far.SendAsync(new byte[] { 2 });
        Assert.True(await silent);
        Assert.Equal([1, 2], window.Unread.ToArray());
    }

    [Fact(Skip = "needs epoll", SkipUnless = nameof(PolledSocketTests.IsSupported), SkipType = typeof(PolledSocketTests))]
    public async Task A_payload_comes_whole_however_often_the_connection_falls_silent()
    {
        byte[] stream = Bytes(1 << 20);
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        byte[] landing = new byte[stream.Length - 1];
        await pair.Far.SendAsync(stream.AsMemory(0, 1));
        await FillAsync(window, 1);
        window.Advance(1);
        Task<bool> receiving = window.ReceiveExactlyAsync(landing, default).AsTask();
        for (int sent = 1; sent < stream.Length; sent += 4096)
        {
            window.RestIfSilent();
            await pair.Far.SendAsync(stream.AsMemory(sent, Math.Min(4096, stream.Length - sent)));
            window.RestIfSilent();
        }

        Assert.True(await receiving);
        Assert.Equal(stream[1..], landing);
    }

    [Fact]
    public async Task A_quiet_connection_keeps_what_is_unread()
    {
        ManualClock clock = new();
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool, clock);
        await pair.Far.SendAsync(new byte[] { 1 });
        ValueTask<bool> first = window.ReceiveAsync(default);
        clock.Advance(ReceiveWindow.QuietAfter);
        Assert.True(await first);
        await pair.Far.SendAsync(new byte[] { 2 });
        await FillAsync(window, 2);
        Assert.Equal([1, 2], window.Unread.ToArray());
    }

    [Fact]
    public async Task Enlarge_keeps_what_is_unread()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        using ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        byte[] stream = Bytes(60_000);
        await pair.Far.SendAsync(stream.AsMemory(0, 5000));
        await FillAsync(window, 5000);
        window.Advance(100);
        Assert.Equal(ReceiveWindow.SmallBufferBytes, window.Capacity);
        window.Enlarge();
        Assert.Equal(ReceiveWindow.LargeBufferBytes, window.Capacity);
        Assert.Equal(ReceiveWindow.LargeBufferBytes, pool.RentedBytes);
        await pair.Far.SendAsync(stream.AsMemory(5000));
        await FillAsync(window, stream.Length - 100);
        Assert.Equal(stream[100..], window.Unread.ToArray());
    }

    [Fact]
    public async Task Dispose_gives_the_buffer_back()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using BlockPool pool = new();
        ReceiveWindow window = new(StreamSocket.Over(pair.Near), pool);
        await pair.Far.SendAsync(new byte[8]);
        await FillAsync(window, 8);
        window.Dispose();
        Assert.Equal(0, pool.RentedBytes);
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task FillAsync(ReceiveWindow window, int length)
    {
        while (window.Unread.Length < length)
        {
            Assert.True(await window.ReceiveAsync(default));
        }
    }
}
