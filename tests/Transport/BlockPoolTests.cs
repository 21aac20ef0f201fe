using System.Buffers;
using Blockwire.Testing;

namespace Blockwire.Transport.Tests;

public class BlockPoolTests
{
    [Theory]
    [InlineData(-1, 4096)]
    [InlineData(0, 512)]
    [InlineData(1, 512)]
    [InlineData(512, 512)]
    [InlineData(513, 1024)]
    [InlineData(4096, 4096)]
    [InlineData(65537, 131072)]
    [InlineData(16 << 20, 16 << 20)]
    [InlineData((16 << 20) + 1, 32 << 20)]
    [InlineData((32 << 20) + 1, (32 << 20) + 1)]
    public void A_block_is_the_next_power_of_two_and_above_32_MiB_exact(int wanted, int length)
    {
        using BlockPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(wanted);
        Assert.Equal(length, owner.Memory.Length);
        Assert.Equal(length, pool.RentedBytes);
        owner.Memory.Span.Fill(0xA5); // all of it is there
    }

    [Fact]
    public unsafe void A_block_is_used_again_and_does_not_move()
    {
        using BlockPool pool = new();
        nint first = AddressOf(pool, 3000);
        Assert.Equal(first, AddressOf(pool, 4000));
        using IMemoryOwner<byte> held = pool.Rent(4096);
        Assert.NotEqual(first, AddressOf(pool, 4096));

        static nint AddressOf(BlockPool pool, int length)
        {
            using IMemoryOwner<byte> owner = pool.Rent(length);
            using MemoryHandle pin = owner.Memory.Pin();
            return (nint)pin.Pointer;
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public unsafe void Blocks_are_aligned_to_their_size_or_a_page(int length)
    {
        using BlockPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(length);
        using MemoryHandle pin = owner.Memory.Pin();
        Assert.Equal(0, (nint)pin.Pointer % Math.Min(length, 4096));
    }

    [Fact]
    public void Returning_twice_does_nothing_the_second_time()
    {
        using BlockPool pool = new();
        IMemoryOwner<byte> owner = pool.Rent(1024);
        owner.Dispose();
        owner.Dispose();
        Assert.Equal(0, pool.RentedBytes);
        using IMemoryOwner<byte> a = pool.Rent(1024), b = pool.Rent(1024);
        Assert.NotSame(a, b);
    }

    [Fact]
    public void No_more_than_the_bound_is_kept()
    {
        using BlockPool pool = new();
        const int Length = 1 << 20;
        IMemoryOwner<byte>[] rented = [.. Enumerable.Range(0, 20).Select(_ => pool.Rent(Length))];
        foreach (IMemoryOwner<byte> owner in rented)
        {
            owner.Dispose();
        }

        HashSet<object> known = new(rented, ReferenceEqualityComparer.Instance);
        IMemoryOwner<byte>[] again = [.. Enumerable.Range(0, 20).Select(_ => pool.Rent(Length))];
        Assert.Equal(BlockPool.RetainedBytesPerSize / Length, again.Count(known.Contains));
        Array.ForEach(again, owner => owner.Dispose());
        Assert.Equal(0, pool.RentedBytes);
    }

    [Fact]
    public void Trim_gives_half_back()
    {
        using BlockPool pool = new();
        IMemoryOwner<byte>[] rented = [.. Enumerable.Range(0, 8).Select(_ => pool.Rent(1 << 20))];
        Array.ForEach(rented, owner => owner.Dispose());
        pool.Trim();
        HashSet<object> known = new(rented, ReferenceEqualityComparer.Instance);
        IMemoryOwner<byte>[] again = [.. Enumerable.Range(0, 8).Select(_ => pool.Rent(1 << 20))];
        Assert.Equal(4, again.Count(known.Contains));
        Array.ForEach(again, owner => owner.Dispose());
    }

    [Fact]
    public void A_block_may_come_back_after_the_end_of_the_pool()
    {
        BlockPool pool = new();
        IMemoryOwner<byte> owner = pool.Rent(4096);
        pool.Dispose();
        owner.Memory.Span.Fill(1);
        owner.Dispose();
        Assert.Equal(0, pool.RentedBytes);
    }

    [Fact]
    public void A_warm_pool_allocates_nothing()
    {
        using BlockPool pool = new();
        Assert.Equal(0, Allocations.Of(() => pool.Rent(4096).Dispose()));
    }

    [Fact]
    public async Task Many_threads_never_share_a_block()
    {
        using BlockPool pool = new();
        await Task.WhenAll(Enumerable.Range(1, 4).Select(number => Task.Run(() =>
        {
            Random random = new(number);
            for (int i = 0; i < 5000; i++)
            {
                using IMemoryOwner<byte> owner = pool.Rent(random.Next(1, 3000));
                owner.Memory.Span.Fill((byte)number);
                Assert.True(owner.Memory.Span.IndexOfAnyExcept((byte)number) < 0);
                if (i % 500 == 0)
                {
                    pool.Trim();
                }
            }
        })));
        Assert.Equal(0, pool.RentedBytes);
    }
}
