using System.Net.Sockets;

namespace Blockwire.Transport.Tests;

/// <summary>What both ways over a socket must do alike: through the framework, and through our poller, which hears of each change once.</summary>
public sealed class StreamSocketTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    public static TheoryData<bool> Ways => StreamSockets.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Bytes_that_come_while_nobody_waits_are_received(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        byte[] buffer = new byte[100];
        for (int i = 0; i < 200; i++)
        {
            await pair.Far.SendAsync(new byte[i % 100 + 1]);
            int had = 0;
            while (had <= i % 100)
            {
                had += await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit);
            }

            Assert.Equal((i % 100) + 1, had);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Data_and_the_end_that_come_together_are_both_received(bool polled)
    {
        for (int i = 0; i < 100; i++)
        {
            using SocketPair pair = await SocketPair.ConnectAsync();
            using StreamSocket near = StreamSockets.Over(pair.Near, polled);
            await pair.Far.SendAsync(new byte[10]);
            pair.Far.Shutdown(SocketShutdown.Send);
            await Task.Delay(i % 3);
            byte[] buffer = new byte[100];
            Assert.Equal(10, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
            Assert.Equal(0, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
            Assert.Equal(0, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_a_wait_for_bytes_they_are_received(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        byte[] buffer = new byte[100];
        for (int i = 0; i < 50; i++)
        {
            ValueTask waiting = near.WaitReadableAsync(default);
            await pair.Far.SendAsync(new byte[7]);
            await waiting.AsTask().WaitAsync(_limit);
            Assert.Equal(7, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_waits_fails_when_it_is_disposed(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        StreamSocket near = StreamSockets.Over(pair.Near, polled);
        Task receiving = near.ReceiveAsync(new byte[1], default).AsTask();
        near.Dispose();
        near.Dispose();
        Exception? failure = await Record.ExceptionAsync(() => receiving.WaitAsync(_limit));
        Assert.True(failure is SocketException or ObjectDisposedException, $"{failure}");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_waits_for_room_fails_when_it_is_disposed(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync(4096);
        StreamSocket near = StreamSockets.Over(pair.Near, polled);
        Task sending = SendForeverAsync(near);
        await Task.Delay(50);
        Assert.False(sending.IsCompleted);
        near.Dispose();
        Exception? failure = await Record.ExceptionAsync(() => sending.WaitAsync(_limit));
        Assert.True(failure is SocketException or ObjectDisposedException, $"{failure}");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_reset_is_a_socket_error(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        Task receiving = near.ReceiveAsync(new byte[1], default).AsTask();
        pair.Far.LingerState = new LingerOption(true, 0);
        pair.Far.Dispose();
        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => receiving.WaitAsync(_limit));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_wait_can_be_cancelled_and_the_socket_used_on(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        using CancellationTokenSource cancel = new();
        byte[] buffer = new byte[10];
        Task<int> receiving = near.ReceiveAsync(buffer, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WaitAsync(_limit));
        await pair.Far.SendAsync(new byte[3]);
        Assert.Equal(3, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Urgent_data_hides_nothing_behind_it(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        pair.Far.Send(new byte[5]);
        pair.Far.Send(new byte[1], SocketFlags.OutOfBand);
        pair.Far.Send(new byte[7]);
        byte[] buffer = new byte[100];
        for (int had = 0; had < 12;)
        {
            had += await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Megabytes_get_through_both_ways_at_once(bool polled)
    {
        byte[] data = new byte[8 << 20];
        new Random(5).NextBytes(data);
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        using StreamSocket far = StreamSockets.Over(pair.Far, polled);
        Task<byte[]> there = ReceiveAllAsync(far, data.Length), back = ReceiveAllAsync(near, data.Length);
        await Task.WhenAll(SendAllAsync(near, data), SendAllAsync(far, data), there, back).WaitAsync(_limit);
        Assert.True((await there).AsSpan().SequenceEqual(data));
        Assert.True((await back).AsSpan().SequenceEqual(data));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_yields_goes_on_later(bool polled)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using StreamSocket near = StreamSockets.Over(pair.Near, polled);
        for (int i = 0; i < 100; i++)
        {
            await near.YieldAsync().AsTask().WaitAsync(_limit);
        }
    }

    private static async Task SendForeverAsync(StreamSocket socket)
    {
        byte[] data = new byte[64 << 10];
        while (true)
        {
            await socket.SendAsync(data);
        }
    }

    private static async Task SendAllAsync(StreamSocket socket, byte[] data)
    {
        for (int sent = 0; sent < data.Length;)
        {
            sent += await socket.SendAsync(data.AsMemory(sent, Math.Min(100_000, data.Length - sent)));
        }
    }

    private static async Task<byte[]> ReceiveAllAsync(StreamSocket socket, int length)
    {
        byte[] data = new byte[length];
        for (int have = 0; have < length;)
        {
            have += await socket.ReceiveAsync(data.AsMemory(have, Math.Min(70_000, length - have)), default);
        }

        return data;
    }
}
