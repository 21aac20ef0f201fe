using System.Net.Sockets;

namespace Blockwire.Transport.Tests;

/// <summary>What only our own poller does. On other systems there is nothing to show.</summary>
public sealed class PolledSocketTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    public static bool IsSupported => SocketPoller.IsSupported;

    [Fact(Skip = "needs epoll", SkipUnless = nameof(IsSupported))]
    public async Task A_receive_that_waits_can_be_roused_and_the_socket_used_on()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using PolledSocket near = new(pair.Near);
        byte[] buffer = new byte[10];
        Task<int> waiting = near.ReceiveAsync(buffer, default).AsTask();
        near.Rouse();
        Assert.Equal(StreamSocket.Roused, await waiting.WaitAsync(_limit));
        await pair.Far.SendAsync(new byte[3]);
        Assert.Equal(3, await near.ReceiveAsync(buffer, default).AsTask().WaitAsync(_limit));
    }

    [Fact(Skip = "needs epoll", SkipUnless = nameof(IsSupported))]
    public async Task A_wait_for_bytes_does_not_end_before_they_come()
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        using PolledSocket near = new(pair.Near);
        near.OnEvents(LinuxPoll.In); // of bytes that were received before the poller came to tell
        ValueTask waiting = near.WaitReadableAsync(default);
        Assert.False(waiting.IsCompleted);
        await pair.Far.SendAsync(new byte[3]);
        await waiting.AsTask().WaitAsync(_limit);
        Assert.Equal(3, await near.ReceiveAsync(new byte[10], default).AsTask().WaitAsync(_limit));
    }
}
