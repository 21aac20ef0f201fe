namespace Blockwire.Storage.Tests;

/// <summary>
/// Goal: protection information comes back as it was written, never beside other data, whatever store keeps it. Method: the same steps on each store, a restart in between
/// where it lasts.
/// </summary>
public sealed class ProtectionStoreTests : IDisposable
{
    private const ulong Blocks = 8192;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-pi-").FullName;

    public static TheoryData<string> Lasting => ["file:{0}?size=4M&protection=1", "file:{0}?size=4M&protection=2&protection-store=inline", "file:{0}?size=32M&block=4096&protection=3&protection-store=inline"];

    public static TheoryData<string> All => ["memory:4M?protection=1", .. Lasting];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Blocks_that_were_never_written_have_all_ones(string text)
    {
        await using OpenDisk disk = await Open(text);
        Assert.True(disk.Device.Traits.KeepsProtection);
        Assert.Equal(Blocks, disk.Device.Traits.BlockCount);
        foreach (byte[] block in await Read(disk.Device, 0, 3000)) AssertUnset(block, disk.Device.Traits);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_written_with_protection_information_is_read_with_it(string text)
    {
        await using OpenDisk disk = await Open(text);
        byte[] data = Noise(disk.Device.Traits, 4100);
        Assert.Equal(IoStatus.Ok, await disk.Device.WriteProtectedAsync(17, data, forceUnitAccess: true, None));
        Assert.Equal(data, (await Read(disk.Device, 17, 4100)).SelectMany(static it => it).ToArray());
        AssertUnset((await Read(disk.Device, 16, 1))[0], disk.Device.Traits);
        AssertUnset((await Read(disk.Device, 17 + 4100, 1))[0], disk.Device.Traits);
        byte[] plain = new byte[disk.Device.Traits.BlockBytes];
        Assert.Equal(IoStatus.Ok, await disk.Device.ReadAsync(20, plain, None));
        Assert.Equal(data.AsSpan(3 * (int)disk.Device.Traits.ProtectedBlockBytes, plain.Length).ToArray(), plain);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_other_change_leaves_no_protection_information_of_former_data(string text)
    {
        await using OpenDisk disk = await Open(text);
        DeviceTraits traits = disk.Device.Traits;
        for (int way = 0; way < 4; way++)
        {
            Assert.Equal(IoStatus.Ok, await disk.Device.WriteProtectedAsync(100, Noise(traits, 5000), forceUnitAccess: false, None));
            byte[] written = new byte[4998 * traits.BlockBytes];
            if (way == 0) new Random(3).NextBytes(written);
            IoStatus status = way switch
            {
                0 => await disk.Device.WriteAsync(101, written, forceUnitAccess: true, None),
                1 => await disk.Device.UnmapAsync(101, 4998, None),
                2 => await disk.Device.WriteZeroesAsync(101, 4998, mayUnmap: true, forceUnitAccess: true, None),
                _ => await disk.Device.WriteZeroesAsync(101, 4998, mayUnmap: false, forceUnitAccess: false, None),
            };
            Assert.Equal(IoStatus.Ok, status);
            List<byte[]> blocks = await Read(disk.Device, 100, 5000);
            Assert.False(IsUnset(blocks[0], traits) || IsUnset(blocks[^1], traits), "its neighbours keep theirs");
            for (int i = 1; i < 4999; i++)
            {
                Assert.True(IsUnset(blocks[i], traits), $"way {way}, block {i}");
                Assert.Equal(written.AsSpan((i - 1) * (int)traits.BlockBytes, (int)traits.BlockBytes), blocks[i].AsSpan(0, (int)traits.BlockBytes));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task It_outlives_a_restart(string text)
    {
        byte[] data;
        await using (OpenDisk disk = await Open(text))
        {
            data = Noise(disk.Device.Traits, 5);
            Assert.Equal(IoStatus.Ok, await disk.Device.WriteProtectedAsync(7, data, forceUnitAccess: true, None));
        }
        await using OpenDisk again = await Open(text.Replace("size=4M&", "").Replace("size=32M&", ""));
        Assert.Equal(data, (await Read(again.Device, 7, 5)).SelectMany(static it => it).ToArray());
    }

    [Fact]
    public async Task A_file_is_as_sparse_with_protection_information_as_without()
    {
        await using OpenDisk disk = await Open("file:{0}?size=1G&protection=1&protection-store=inline");
        Assert.Equal((1L << 30) / 512 * 520, new FileInfo(Image).Length);
        SpaceUsage? usage = await disk.Device.QuerySpaceAsync(None);
        Assert.True(usage is null or { UsedBytes: < 1 << 20 });
    }

    [Fact]
    public async Task A_write_that_fails_half_way_leaves_none_rather_than_a_wrong_one()
    {
        MemoryDisk data = new(1 << 20);
        bool fails = false;
        await using SeparateProtectionDisk disk = new(new FakeFailure(data, () => fails), MemoryDisk.OfRecords(2048, 8));
        byte[] first = Noise(disk.Traits, 1);
        Assert.Equal(IoStatus.Ok, await disk.WriteProtectedAsync(3, first, false, None));
        fails = true;
        Assert.Equal(IoStatus.WriteError, await disk.WriteProtectedAsync(3, Noise(disk.Traits, 1), false, None));
        Assert.True(IsUnset((await Read(disk, 3, 1))[0], disk.Traits));
    }

    [Theory]
    [InlineData("memory:1M?protection=1")]
    [InlineData("file:{0}?size=1M&protection=1")]
    [InlineData("file:{0}?size=1M&protection=1&protection-store=inline")]
    public async Task Concurrent_writes_never_leave_one_s_data_with_the_other_s_protection_information(string text)
    {
        await using OpenDisk disk = await Open(text);
        IBlockDevice device = disk.Device;
        byte[][] blocks = [.. Enumerable.Range(0, 4).Select(i => Enumerable.Repeat((byte)(i + 1), 8 * 520).ToArray())];
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        Task[] writers = [.. blocks.Select(block => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) Assert.Equal(IoStatus.Ok, await device.WriteProtectedAsync(5, block, false, None));
        }))];
        while (!stop.IsCancellationRequested)
        {
            foreach (byte[] block in await Read(device, 5, 8)) Assert.True(block.Distinct().Count() == 1 || IsUnset(block, device.Traits));
        }
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task Filters_pass_it_on_and_guards_look_at_it()
    {
        byte[] block = new byte[520];
        await using (ReadOnlyFilter readOnly = new(Stores.Memory(16)))
        {
            Assert.Equal(IoStatus.WriteProtected, await readOnly.WriteProtectedAsync(0, block, false, None));
            Assert.Equal(IoStatus.Ok, await readOnly.ReadProtectedAsync(0, block, None));
        }
        await using (ErrorFilter errors = new(Stores.Memory(16), new InjectedError(new FaultRule(DeviceOperation.Read | DeviceOperation.Write, lba: 3, blockCount: 1), IoStatus.NoSpace)))
        {
            Assert.Equal(IoStatus.NoSpace, await errors.WriteProtectedAsync(2, new byte[1040], false, None));
            Assert.Equal(IoStatus.NoSpace, await errors.ReadProtectedAsync(3, block, None));
            Assert.Equal(IoStatus.Ok, await errors.ReadProtectedAsync(2, block, None));
        }
        await using (CorruptFilter corrupt = new(Stores.Memory(16), new FaultRule(DeviceOperation.Read, lba: 3, blockCount: 1)))
        {
            byte[] two = new byte[1040];
            Assert.Equal(IoStatus.Ok, await corrupt.ReadProtectedAsync(2, two, None));
            Assert.Equal((0, 0xFF), (two[0], two[520]));
        }
        await using (CountingFilter counts = new(Stores.Memory(16)))
        {
            await counts.ReadProtectedAsync(0, block, None);
            await counts.WriteProtectedAsync(0, block, true, None);
            Assert.Equal(new DeviceCounts(1, 520, 1, 520, 1, 0, 0, 0), counts.Counts);
        }
        await using GuardedDevice guard = new(new ThickFilter(new ForceUnitAccessByFlush(Stores.Memory(16))));
        Assert.Equal(IoStatus.OutOfRange, await guard.ReadProtectedAsync(16, block, None));
        Assert.Equal(IoStatus.OutOfRange, await guard.WriteProtectedAsync(15, new byte[1040], false, None));
        Assert.Equal(IoStatus.Ok, await guard.WriteProtectedAsync(15, block, true, None));
        await Assert.ThrowsAsync<ArgumentException>(() => guard.ReadProtectedAsync(0, new byte[512], None).AsTask());
        await using GuardedDevice without = new(new MemoryDisk(1 << 20));
        Assert.Equal(IoStatus.NotSupported, await without.ReadProtectedAsync(0, block, None));
        Assert.Equal(IoStatus.NotSupported, await without.WriteProtectedAsync(0, block, false, None));
    }

    [Fact]
    public async Task Whoever_has_blocks_alone_has_their_protection_information_alone()
    {
        await using ExclusiveDevice device = new(Stores.Memory(64));
        byte[] block = Noise(device.Traits, 1);
        Task<IoStatus> write;
        using (BlockHold hold = await device.HoldAsync(4, 1, toChange: true, None))
        {
            write = Task.Run(() => device.WriteProtectedAsync(4, block, false, None).AsTask());
            Assert.Equal(IoStatus.Ok, await hold.WriteProtectedAsync(4, new byte[520], false, None));
            await Task.Delay(20);
            byte[] read = new byte[520];
            Assert.Equal(IoStatus.Ok, await hold.ReadProtectedAsync(4, read, None));
            Assert.Equal(new byte[520], read);
            Assert.False(write.IsCompleted);
        }
        Assert.Equal(IoStatus.Ok, await write);
        Assert.Equal(block, (await Read(device, 4, 1))[0]);
    }

    [Theory]
    [InlineData("stripe:(memory:1M?protection=1,memory:1M)")]
    [InlineData("mirror:(memory:1M,memory:1M?protection=0)")]
    public async Task A_pool_refuses_members_that_keep_it(string text)
    {
        DiskOpenException refusal = await Assert.ThrowsAsync<DiskOpenException>(() => Open(text));
        Assert.Contains("a pool would lose", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mirror:(cdrom:,cdrom:)?readonly")]
    [InlineData("stripe:(memory:1M,mirror:(memory:1M,cdrom:a.iso))?readonly")]
    public async Task A_pool_refuses_drives(string text)
    {
        DiskOpenException refusal = await Assert.ThrowsAsync<DiskOpenException>(() => Open(text));
        Assert.Contains("is a CD/DVD drive, and a pool is made of disks", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null:1M?protection=1", "unknown option 'protection'")]
    [InlineData("stripe:(memory:1M,memory:1M)?protection=1", "unknown option 'protection'")]
    [InlineData("memory:1M?protection=4", "protection=0, 1, 2 or 3")]
    [InlineData("memory:1M?protection", "protection=0, 1, 2 or 3")]
    [InlineData("memory:1M?protection-store=inline", "unknown option 'protection-store'")]
    [InlineData("a.img?protection-store=", "protection-store=inline or")]
    public void Options_that_will_not_do(string text, string why) =>
        Assert.Contains(why, Assert.Throws<DiskSpecException>(() => DiskSpec.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Images_of_other_sizes_are_refused()
    {
        await File.WriteAllBytesAsync(Image, new byte[1 << 20]);
        await Refused("file:{0}?protection=1&protection-store=inline", "not a multiple of the block size 520");
        await Refused("file:{0}?protection-store=inline", "protection-store says where, but not what");
        await Refused("file:{0}?size=1000&protection=1&protection-store=inline", "no number of whole blocks");
        await File.WriteAllBytesAsync(Image + ".pi", new byte[(1 << 14) - 8]);
        await Refused("file:{0}?protection=1", "16376 bytes of protection information and not 16384");
        await Refused("file:{0}", ".pi keeps protection information of it");
        await using (await Open("file:{0}?readonly")) { }
        File.Delete(Image);
        await Refused("file:{0}?size=1M&protection=1", "of another disk, which is gone");
        File.Delete(Image + ".pi");
        await using (OpenDisk disk = await Open($"file:{{0}}?size=1M&protection=1&protection-store={_folder}/elsewhere"))
        {
            Assert.Equal(1 << 14, new FileInfo(_folder + "/elsewhere").Length);
            await Refused($"memory:1M?readonly=no", "readonly");
        }
    }

    private string Image => Path.Combine(_folder, "disk.img");

    private async Task Refused(string text, string why)
    {
        Exception refusal = await Assert.ThrowsAnyAsync<Exception>(() => Open(text));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<OpenDisk> Open(string text)
    {
        DiskCatalog catalog = new();
        return await catalog.OpenAsync(catalog.Parse(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Image)));
    }

    private static byte[] Noise(DeviceTraits traits, int blocks)
    {
        byte[] data = new byte[blocks * traits.ProtectedBlockBytes];
        Random.Shared.NextBytes(data);
        return data;
    }

    private static async Task<List<byte[]>> Read(IBlockDevice device, ulong lba, int count)
    {
        int size = (int)device.Traits.ProtectedBlockBytes;
        byte[] all = new byte[count * size];
        Assert.Equal(IoStatus.Ok, await device.ReadProtectedAsync(lba, all, None));
        return [.. all.Chunk(size)];
    }

    private static bool IsUnset(byte[] block, DeviceTraits traits) => !block.AsSpan((int)traits.BlockBytes).ContainsAnyExcept((byte)0xFF);

    private static void AssertUnset(byte[] block, DeviceTraits traits)
    {
        Assert.False(block.AsSpan(0, (int)traits.BlockBytes).ContainsAnyExcept((byte)0));
        Assert.True(IsUnset(block, traits));
    }

    private sealed class FakeFailure(IBlockDevice next, Func<bool> fails) : BlockFilter(next)
    {
        public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
            fails() ? new(IoStatus.WriteError) : base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
    }
}
