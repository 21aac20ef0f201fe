using System.Buffers;
using System.Net.Sockets;
using Blockwire.Wire;

namespace Blockwire.Transport.Tests;

/// <summary>Batches arrive byte for byte, by gather writes and by the portable way, also where the socket takes a few bytes at a time.</summary>
public class GatherSenderTests
{
    public static TheoryData<bool, int> Ways => new() { { true, 0 }, { true, 1 }, { false, 0 }, { false, 1 } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_batch_of_thousands_of_pieces_arrives(bool gathers, int bufferBytes)
    {
        Assert.SkipUnless(!gathers || OperatingSystem.IsLinux(), "gather writes need Linux");
        using SocketPair pair = await SocketPair.ConnectAsync(bufferBytes);
        GatherSender sender = new(StreamSockets.Over(pair.Near, gathers));
        Random random = new(7);
        for (int round = 0; round < 3; round++)
        {
            using BlockPool pool = new();
            PduBatch batch = new();
            for (int i = 0; i < 2000; i++)
            {
                int length = random.Next(5) switch { 0 => 0, 1 => random.Next(5000), _ => random.Next(40) };
                if (length > 0 && random.Next(2) == 0)
                {
                    IMemoryOwner<byte> owner = pool.Rent(length);
                    random.NextBytes(owner.Memory.Span);
                    Mark(batch.Add(owner.Memory[..length], owner), i);
                }
                else
                {
                    byte[] data = new byte[length];
                    random.NextBytes(data);
                    Mark(batch.Add(data), i);
                }
            }

            batch.Seal(headerDigest: round > 0, dataDigest: round > 1);
            byte[] expected = Flatten(batch);
            Task<byte[]> receiving = ReceiveAsync(pair.Far, expected.Length, bufferBytes == 0 ? 65536 : 777);
            await sender.SendAsync(batch);
            Assert.Equal(expected, await receiving);
            batch.Recycle();
            Assert.Equal(0, pool.RentedBytes);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_empty_batch_is_sent_at_once(bool gathers)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        ValueTask sending = new GatherSender(StreamSockets.Over(pair.Near, gathers)).SendAsync(new PduBatch());
        Assert.True(sending.IsCompletedSuccessfully);
        await sending;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_has_gone_is_a_socket_error(bool gathers)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        GatherSender sender = new(StreamSockets.Over(pair.Near, gathers));
        pair.Far.LingerState = new LingerOption(true, 0);
        pair.Far.Dispose();
        PduBatch batch = new();
        batch.Add(new byte[1 << 20]).Clear();
        batch.Seal(false, false);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await sender.SendAsync(batch);
            }
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disposed_socket_says_so(bool gathers)
    {
        using SocketPair pair = await SocketPair.ConnectAsync();
        GatherSender sender = new(StreamSockets.Over(pair.Near, gathers));
        pair.Near.Dispose();
        PduBatch batch = new();
        batch.Add().Clear();
        batch.Seal(false, false);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await sender.SendAsync(batch));
    }

    [Fact]
    public async Task A_batch_that_the_socket_takes_at_once_completes_at_once_and_allocates_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "gather writes need Linux");
        using SocketPair pair = await SocketPair.ConnectAsync();
        GatherSender sender = new(StreamSocket.Over(pair.Near));
        byte[] drain = new byte[4096];
        PduBatch batch = new();
        byte[] data = new byte[100];
        for (int i = 0; i < 10; i++)
        {
            batch.Add(data).Clear();
        }

        batch.Seal(false, false);
        Assert.Equal(0, Blockwire.Testing.Allocations.Of(() =>
        {
            ValueTask sending = sender.SendAsync(batch);
            Assert.True(sending.IsCompletedSuccessfully);
            for (int got = 0; got < 1480;)
            {
                got += pair.Far.Receive(drain);
            }
        }));
    }

    private static void Mark(Span<byte> bhs, int number)
    {
        bhs.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bhs[16..], number);
    }

    private static byte[] Flatten(PduBatch batch)
    {
        using MemoryStream all = new();
        for (int i = 0; i < batch.PieceCount; i++)
        {
            all.Write(batch.Piece(i).Span);
        }

        return all.ToArray();
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int length, int atOnce)
    {
        byte[] all = new byte[length];
        for (int have = 0; have < length;)
        {
            int got = await socket.ReceiveAsync(all.AsMemory(have, Math.Min(atOnce, length - have)));
            Assert.NotEqual(0, got);
            have += got;
        }

        return all;
    }
}
