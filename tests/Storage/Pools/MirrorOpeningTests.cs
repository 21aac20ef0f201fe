namespace Blockwire.Storage.Tests.Pools;

/// <summary>Mirrors of files, as their users name, start, break and mend them.</summary>
public sealed class MirrorOpeningTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("blockwire-mirror-");
    private readonly List<MirrorEvent> _events = [];

    private string A => Path.Combine(_folder.FullName, "a.img");

    private string B => Path.Combine(_folder.FullName, "b.img");

    private string Both => $"mirror:({A}?size=4M,{B}?size=4M)";

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_new_one_is_in_sync_with_a_state_beside_each_file()
    {
        await using (OpenDisk disk = await OpenAsync(Both)) await WriteAsync(disk, 5, 7);
        Assert.True(File.Exists(A + ".mirror") && File.Exists(B + ".mirror"));
        Assert.Equal(await File.ReadAllBytesAsync(A, None), await File.ReadAllBytesAsync(B, None));
        Assert.Empty(_events);
        await using OpenDisk again = await OpenAsync(Both);
        Assert.Equal(7, await ReadAsync(again, 5));
        Assert.Empty(_events);
    }

    [Fact]
    public async Task A_member_that_is_missing_is_asked_for_and_gets_what_it_missed()
    {
        await using (OpenDisk disk = await OpenAsync(Both)) await WriteAsync(disk, 5, 7);
        string text = $"mirror:({A},{B})";
        Move(B, B + ".away", B + ".mirror", B + ".mirror.away");
        await AssertRefusedAsync(text, "member 2 cannot be opened and may have newer data than the other");
        await using (OpenDisk degraded = await OpenAsync(text + "?degraded"))
        {
            await WriteAsync(degraded, 5, 8);
            Assert.Contains(_events, static it => it.Kind == MirrorEventKind.Refused && it.Member == 2);
        }
        Move(B + ".away", B, B + ".mirror.away", B + ".mirror");
        await using (OpenDisk whole = await OpenAsync(text)) await WaitForAsync(MirrorEventKind.Joined);
        Assert.Equal(await File.ReadAllBytesAsync(A, None), await File.ReadAllBytesAsync(B, None));
    }

    [Fact]
    public async Task A_file_put_in_the_place_of_another_is_noticed_and_copied_over()
    {
        await using (OpenDisk disk = await OpenAsync(Both)) await WriteAsync(disk, 5, 7);
        await File.WriteAllBytesAsync(A + ".other", new byte[4 << 20], None);
        File.Move(A + ".other", A, overwrite: true);
        await using OpenDisk again = await OpenAsync(Both);
        Assert.Equal(7, await ReadAsync(again, 5));
        if (LinuxFileCalls.IsSupported) await WaitForAsync(MirrorEventKind.Joined);
    }

    [Fact]
    public async Task A_new_file_in_the_place_of_a_lost_one_is_filled()
    {
        await using (OpenDisk disk = await OpenAsync(Both)) await WriteAsync(disk, 5, 7);
        File.Delete(A);
        File.Delete(A + ".mirror");
        await using (OpenDisk again = await OpenAsync(Both))
        {
            Assert.Equal(7, await ReadAsync(again, 5));
            await WaitForAsync(MirrorEventKind.Joined);
        }
        Assert.Equal(await File.ReadAllBytesAsync(B, None), await File.ReadAllBytesAsync(A, None));
    }

    [Fact]
    public async Task Two_files_with_data_need_a_source()
    {
        await File.WriteAllBytesAsync(A, [.. Enumerable.Repeat((byte)1, 1 << 20)], None);
        await File.WriteAllBytesAsync(B, [.. Enumerable.Repeat((byte)2, 1 << 20)], None);
        await AssertRefusedAsync($"mirror:({A},{B})", "members 1, 2 hold data; add ?source=1");
        await AssertRefusedAsync($"mirror:({A},{B})?source=3", "it has no member 3; choose source=1 to 2");
        await using (OpenDisk disk = await OpenAsync($"mirror:({A},{B})?source=2")) await WaitForAsync(MirrorEventKind.Joined);
        Assert.Equal(2, (await File.ReadAllBytesAsync(A, None))[77]);
    }

    [Fact]
    public async Task A_state_of_its_own_is_kept_where_it_is_told()
    {
        string state = Path.Combine(_folder.FullName, "state");
        await using (OpenDisk disk = await OpenAsync($"{Both}?state={state}"))
        {
            await WriteAsync(disk, 5, 7);
            Assert.False(File.Exists(A + ".mirror"));
        }
        await using OpenDisk again = await OpenAsync($"mirror:({A},{B})?state={state}");
        Assert.Equal(7, await ReadAsync(again, 5));
    }

    [Fact]
    public async Task A_mirror_without_a_place_for_its_state_is_refused() =>
        await AssertRefusedAsync("mirror:(/dev/blockwire-none,memory:1M)", "none of its members has a place beside it for the mirror's state; name a file for it with ?state=FILE");

    [Fact]
    public async Task A_member_that_is_read_only_is_refused_and_a_mirror_that_is_changes_nothing()
    {
        await using (OpenDisk disk = await OpenAsync(Both)) await WriteAsync(disk, 5, 7);
        await AssertRefusedAsync($"mirror:({A},{B}?readonly)", "is read-only, and a mirror writes to all its members");
        byte[] state = await File.ReadAllBytesAsync(A + ".mirror", None);
        await using (OpenDisk disk = await OpenAsync($"mirror:({A},{B})?readonly"))
        {
            Assert.Equal(7, await ReadAsync(disk, 5));
            Assert.Equal(IoStatus.WriteProtected, await disk.Device.WriteAsync(0, new byte[512], false, None));
            Assert.Equal(IoStatus.Ok, await disk.Device.FlushAsync(None));
        }
        Assert.Equal(state, await File.ReadAllBytesAsync(A + ".mirror", None));
    }

    [Fact]
    public async Task Members_of_two_sizes_have_the_smaller_one()
    {
        await using OpenDisk disk = await OpenAsync($"mirror:({A}?size=4M,{B}?size=3M)");
        Assert.Equal(3UL << 20, disk.Device.Traits.LengthBytes);
    }

    [Fact]
    public async Task Members_with_blocks_of_two_sizes_are_refused() =>
        await AssertRefusedAsync($"mirror:({A}?size=4M,memory:4M?block=4096)", "has blocks of 512 bytes");

    [Theory]
    [InlineData("a.img", "a.img.mirror")]
    [InlineData("/dev/sdb", null)]
    [InlineData("memory:1M", null)]
    [InlineData("stripe:(memory:1M,b.img)", "b.img.mirror")]
    [InlineData("mirror:(a.img,b.img)", "a.img.mirror.mirror")]
    [InlineData("stripe:(mirror:(a.img,b.img),c.img)", "a.img.mirror.mirror")]
    public void Each_member_has_a_place_that_no_other_mirror_has(string member, string? path) =>
        Assert.Equal(path, MirrorOpening.CopyPathOf(DiskSpec.Parse(member)));

    private static void Move(params string[] pairs)
    {
        foreach (string[] pair in pairs.Chunk(2)) File.Move(pair[0], pair[1]);
    }

    private static async Task WriteAsync(OpenDisk disk, ulong lba, byte value) =>
        Assert.Equal(IoStatus.Ok, await disk.Device.WriteAsync(lba, Enumerable.Repeat(value, 512).ToArray(), forceUnitAccess: true, None));

    private static async Task<byte> ReadAsync(OpenDisk disk, ulong lba)
    {
        byte[] data = new byte[512];
        Assert.Equal(IoStatus.Ok, await disk.Device.ReadAsync(lba, data, None));
        return data[100];
    }

    private static async Task AssertRefusedAsync(string text, string words)
    {
        DiskOpenException refusal = await Assert.ThrowsAsync<DiskOpenException>(async () => await new DiskCatalog().OpenAsync(DiskSpec.Parse(text)));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private async Task<OpenDisk> OpenAsync(string text) => await new DiskCatalog().OpenAsync(
        DiskSpec.Parse(text), new DiskOpening { Mirror = it => { lock (_events) _events.Add(it); } });

    private async Task WaitForAsync(MirrorEventKind kind)
    {
        for (int i = 0; ; i++)
        {
            lock (_events)
            {
                if (_events.Exists(it => it.Kind == kind)) return;
                Assert.True(i < 2000, string.Join('\n', _events.Select(static it => it.Text)));
            }
            await Task.Delay(10);
        }
    }
}
