using System.Diagnostics;
using System.Globalization;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Storage.Tests.Pools;

/// <summary>Where a stripe's blocks are, and what its calls answer when members differ.</summary>
public sealed class StripeTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Every block has one place, every place one block, and a range of the stripe is one range on each member.</summary>
    [Fact]
    public void Blocks_and_places_are_one_to_one() => Prop.ForAll(
        ArbMap.Default.ArbFor<Tuple<byte, byte, byte, byte>>(),
        static draw =>
        {
            (int members, ulong chunk) = (2 + (draw.Item1 % 4), 1UL << (draw.Item2 % 4));
            StripeLayout layout = new(members, chunk);
            ulong end = layout.BlockCount(37);
            HashSet<(int, ulong)> places = [];
            for (ulong lba = 0; lba < end; lba++)
            {
                StripePlace place = layout.Find(lba);
                Assert.True(places.Add((place.Member, place.Lba)));
                Assert.Equal(lba, layout.ToStripe(place.Member, place.Lba));
                Assert.InRange(place.Lba, 0UL, 36UL);
                for (ulong i = 1; i < place.BlocksLeft; i++) Assert.Equal(place.Lba + i, layout.Find(lba + i).Lba);
            }
            ulong first = draw.Item3 % end;
            ulong count = draw.Item4 % (end - first + 1);
            for (int member = 0; member < members; member++)
            {
                (ulong at, ulong blocks) = layout.RangeOn(member, first, count);
                IEnumerable<ulong> expected = Enumerable.Range(0, (int)count).Select(i => layout.Find(first + (ulong)i)).Where(it => it.Member == member).Select(static it => it.Lba);
                Assert.Equal(expected, Enumerable.Range(0, (int)blocks).Select(i => at + (ulong)i));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task The_smallest_member_counts_in_whole_chunks()
    {
        await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse("stripe:(memory:1M,memory:200K,memory:1M)?chunk=64K"));
        Assert.Equal(3 * 192UL << 10, disk.Device.Traits.LengthBytes);
    }

    [Theory]
    [InlineData("stripe:(memory:1M,memory:1M?block=4096)", "memory:1M has blocks of 512 bytes and memory:1M of 4096; give all members the same")]
    [InlineData("stripe:(memory:1M?block=4096,memory:1M?block=4096)?chunk=2K", "a chunk of 2048 bytes is smaller than a block; choose chunk=4096 or more")]
    [InlineData("stripe:(memory:1M,memory:32K)", "memory:32K is smaller than a chunk of 64K")]
    [InlineData("stripe:(memory:1M,missing.img)", "file:missing.img: it does not exist")]
    [InlineData("stripe:(null:8388608T,null:8388608T)", "together the members have more than 8388608T")]
    public async Task Members_that_do_not_fit_are_refused(string text, string problem) =>
        Assert.Contains(
            problem,
            (await Assert.ThrowsAsync<DiskOpenException>(async () => await new DiskCatalog().OpenAsync(DiskSpec.Parse(text)))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Its_traits_are_what_all_members_offer()
    {
        DeviceTraits traits = new StripeDisk([new MemoryDisk(1 << 20), new ReadOnlyFilter(new BareDevice(new MemoryDisk(1 << 20)))], 65536).Traits;
        Assert.Equal((Support.No, Support.No, Support.No), (traits.ForceUnitAccess, traits.Unmap, traits.WriteZeroes));
        Assert.True(traits.ReadOnly && traits.CompletesInline);
    }

    // The second member fails in its own way; what the caller hears must not claim that nothing was written.
    [Theory]
    [InlineData(IoStatus.WriteProtected, IoStatus.WriteError)]
    [InlineData(IoStatus.NotReady, IoStatus.WriteError)]
    [InlineData(IoStatus.NoSpace, IoStatus.NoSpace)]
    [InlineData(IoStatus.WriteError, IoStatus.WriteError)]
    public async Task A_write_that_fails_in_part_says_that_it_may_have_been_made(IoStatus failure, IoStatus answer)
    {
        await using StripeDisk stripe = WithSecond(DeviceOperation.All, failure);
        Assert.Equal(answer, await stripe.WriteAsync(0, new byte[8192], forceUnitAccess: true, None));
        Assert.Equal(failure, await stripe.WriteAsync(8, new byte[512], forceUnitAccess: false, None));
        Assert.Equal(answer, await stripe.FlushAsync(None));
        Assert.Equal(answer, await stripe.UnmapAsync(0, 16, None));
    }

    [Fact]
    public async Task A_read_that_fails_in_part_is_a_read_error()
    {
        await using StripeDisk stripe = WithSecond(DeviceOperation.Read, IoStatus.NotReady);
        Assert.Equal(IoStatus.ReadError, await stripe.ReadAsync(0, new byte[8192], None));
        Assert.Equal(IoStatus.Ok, await stripe.ReadAsync(0, new byte[4096], None));
    }

    [Fact]
    public async Task A_call_that_throws_waits_for_the_others()
    {
        TaskCompletionSource<IoStatus> gate = new();
        await using StripeDisk stripe = new([new HeldDevice(new MemoryDisk(1 << 20), gate.Task), new BareDevice(new MemoryDisk(1 << 20))], 4096);
        Task<IoStatus> write = stripe.WriteAsync(0, new byte[8192], forceUnitAccess: true, None).AsTask();
        Assert.False(write.IsCompleted);
        gate.SetResult(IoStatus.Ok);
        await Assert.ThrowsAsync<NotSupportedException>(() => write);
    }

    [Fact]
    public async Task It_grows_by_whole_chunks_once_every_member_has()
    {
        using TemporaryFile first = new();
        using TemporaryFile second = new();
        await using GuardedDevice stripe = new(new StripeDisk([Create(first), Create(second)], 64 << 10));
        Assert.False(stripe.TryGrow());
        byte[] data = ChildProcess.Pattern(3);
        Assert.Equal(IoStatus.Ok, await stripe.WriteAsync(4095, data.AsMemory(0, 512), false, None));
        Extend(first, (1 << 20) + (128 << 10));
        Assert.False(stripe.TryGrow());
        Extend(second, (1 << 20) + (100 << 10));
        Assert.True(stripe.TryGrow());
        Assert.Equal(2UL * ((1 << 20) + (64 << 10)), stripe.Traits.LengthBytes);
        byte[] back = new byte[512];
        Assert.Equal(IoStatus.Ok, await stripe.ReadAsync(4095, back, None));
        Assert.Equal(data[..512], back);
        Assert.Equal(IoStatus.Ok, await stripe.WriteAsync(4096, new byte[128 << 10], false, None));
        Assert.Equal(IoStatus.OutOfRange, await stripe.ReadAsync(4096 + 256, back, None));

        static GuardedDevice Create(TemporaryFile file) => new(FileDisk.Open(file.Path, new FileDiskOptions { CreateBytes = 1 << 20 }));
    }

    [Fact]
    public async Task Its_space_is_the_members_together_and_its_room_that_of_the_fullest()
    {
        await using StripeDisk stripe = new([new Filling(100, 700), new Filling(30, 500)], 4096);
        Assert.Equal(new SpaceUsage(130, 1000), await stripe.QuerySpaceAsync(None));
        await using StripeDisk partly = new([new Filling(100, 700), new Filling(30, null)], 4096);
        Assert.Equal(new SpaceUsage(130, null), await partly.QuerySpaceAsync(None));
        await using StripeDisk silent = new([new Filling(100, 700), new FakeBackend(static () => new(IoStatus.Ok), default)], 512);
        Assert.Null(await silent.QuerySpaceAsync(None));
    }

    [Fact]
    public async Task Advice_reaches_every_member_that_has_blocks_of_the_range()
    {
        Filling first = new(0, null);
        Filling second = new(0, null);
        await using StripeDisk stripe = new([first, second], 4096);
        Assert.True(await stripe.PrefetchAsync(0, 12, None));
        Assert.Equal(((0UL, 8UL), (0UL, 4UL)), (first.Advised, second.Advised));
        second.TakesAdvice = false;
        Assert.True(await stripe.PrefetchAsync(0, 8, None));
        Assert.False(await stripe.PrefetchAsync(0, 9, None));
    }

    [Fact]
    public async Task A_call_within_a_chunk_allocates_nothing_and_one_over_chunks_nothing_but_its_start()
    {
        await using StripeDisk stripe = new([new GuardedDevice(new MemoryDisk(1 << 20)), new GuardedDevice(new MemoryDisk(1 << 20))], 65536);
        byte[] data = new byte[4096];
        Assert.Equal(0, Allocations.Of(() => Completed.Result(stripe.WriteAsync(16, data, false, None))));
        Assert.Equal(0, Allocations.Of(() => Completed.Result(stripe.ReadAsync(16, data, None))));
        Assert.Equal(0, Allocations.Of(() => Completed.Result(stripe.ReadAsync(124, data, None))));
        Assert.Equal(0, Allocations.Of(() => Completed.Result(stripe.WriteAsync(124, data, false, None))));
    }

    private static StripeDisk WithSecond(DeviceOperation operation, IoStatus failure) => new(
        [new MemoryDisk(1 << 20), new ErrorFilter(new MemoryDisk(1 << 20), new InjectedError(new FaultRule(operation), failure))], 4096);

    private static void Extend(TemporaryFile file, long length)
    {
        // A FileStream would ask for a lock that the disk has.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs truncate");
        using Process truncate = Process.Start("truncate", ["-s", length.ToString(CultureInfo.InvariantCulture), file.Path]);
        truncate.WaitForExit();
        Assert.Equal(0, truncate.ExitCode);
    }

    private sealed class Filling(ulong used, ulong? room) : BlockFilter(new MemoryDisk(1 << 20))
    {
        public bool TakesAdvice { get; set; } = true;

        public (ulong Lba, ulong BlockCount) Advised { get; private set; }

        public override ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) => new(new SpaceUsage(used, room));

        public override ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
        {
            Advised = (lba, blockCount);
            return new(TakesAdvice);
        }
    }

    private sealed class HeldDevice(IBlockDevice next, Task<IoStatus> gate) : BlockFilter(next)
    {
        public override async ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) => await gate;
    }
}
