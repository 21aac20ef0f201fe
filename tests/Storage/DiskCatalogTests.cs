namespace Blockwire.Storage.Tests;

public sealed class DiskCatalogTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFile _file = new();

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData("memory:64G")]
    [InlineData("null:8388608T")]
    [InlineData("null:1T?block=4096")]
    public async Task Disks_without_a_file_open(string text)
    {
        await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse(text));
        Assert.Equal(disk.Spec.SizeBytes, disk.Device.Traits.LengthBytes);
        byte[] data = ChildProcess.Pattern(1);
        if (disk.Spec.BlockBytes == 4096) data = new byte[4096];
        Assert.Equal(IoStatus.Ok, await disk.Device.WriteAsync(disk.Device.Traits.BlockCount - 1, data, true, None));
        Assert.True(disk.Device.TryLend(disk.Device.Traits.BlockCount - 1, data.Length, out ReadOnlyMemory<byte> pages));
        Assert.Equal(disk.Spec.Scheme == "null" ? new byte[data.Length] : data, pages.ToArray());
    }

    [Fact]
    public async Task Size_creates_a_sparse_file_and_the_next_time_it_opens()
    {
        await using (OpenDisk made = await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}?size=10G")))
        {
            Assert.Equal(10UL << 30, made.Device.Traits.LengthBytes);
            Assert.Equal(IoStatus.Ok, await made.Device.WriteAsync(5, ChildProcess.Pattern(5), true, None));
        }
        await using OpenDisk again = await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}?size=10G"));
        byte[] data = new byte[512];
        Assert.Equal(IoStatus.Ok, await again.Device.ReadAsync(5, data, None));
        Assert.Equal(ChildProcess.Pattern(5), data);
    }

    [Fact]
    public async Task Thin_on_is_offered_where_the_backend_cannot_and_thin_off_never()
    {
        await using OpenDisk off = await new DiskCatalog().OpenAsync(DiskSpec.Parse("memory:1M?thin=off"));
        Assert.Equal(Support.No, off.Device.Traits.Unmap);
        Assert.Equal(IoStatus.NotSupported, await off.Device.UnmapAsync(0, 1, None));
        Assert.Equal(ProvisioningState.Mapped, (await off.Device.QueryExtentAsync(0, 1, None)).State);
        await using OpenDisk on = await new DiskCatalog().OpenAsync(DiskSpec.Parse("memory:1M?thin=on"));
        Assert.Equal(Support.Native, on.Device.Traits.Unmap);
        Assert.Equal(ProvisioningState.Deallocated, (await on.Device.QueryExtentAsync(0, 1, None)).State);
    }

    [Fact]
    public async Task A_thick_file_has_its_space_from_the_start()
    {
        await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}?size=8M&thin=off"));
        Assert.Equal(8UL << 20, disk.Device.Traits.LengthBytes);
        if (LinuxFileCalls.IsSupported) Assert.True(DiskUsage.Of(_file.Path) >= 8 << 20);
    }

    [Theory]
    [InlineData("memory:1M?readonly")]
    [InlineData("null:1M?readonly")]
    public async Task Read_only_disks_take_no_change(string text)
    {
        await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse(text));
        Assert.True(disk.Device.Traits.ReadOnly);
        Assert.Equal(IoStatus.WriteProtected, await disk.Device.WriteAsync(0, new byte[512], false, None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_opened_read_only_takes_no_change_and_needs_no_right_to_write(bool isMarkedReadOnly)
    {
        await File.WriteAllBytesAsync(_file.Path, ChildProcess.Pattern(0), None);
        FileAttributes attributes = File.GetAttributes(_file.Path);
        if (isMarkedReadOnly) File.SetAttributes(_file.Path, attributes | FileAttributes.ReadOnly);
        await using (OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse(_file.Path + "?readonly")))
        {
            byte[] data = new byte[512];
            Assert.Equal(IoStatus.Ok, await disk.Device.ReadAsync(0, data, None));
            Assert.Equal(ChildProcess.Pattern(0), data);
            Assert.Equal(IoStatus.WriteProtected, await disk.Device.WriteAsync(0, data, false, None));
            Assert.Equal(IoStatus.Ok, await disk.Device.FlushAsync(None));
        }
        File.SetAttributes(_file.Path, attributes);
    }

    [Theory]
    [InlineData("", null, "it does not exist; check the path, or add ?size=10G to create it")]
    [InlineData("?readonly&size=1M", null, "it does not exist, and a read-only disk is not created")]
    [InlineData("", 0, "it is empty; a disk has at least one block of 512 bytes")]
    [InlineData("", 100, "its 100 bytes are too small for one block")]
    [InlineData("", 1000, "its 1000 bytes are not a multiple of the block size 512; extend it to 1024 bytes")]
    [InlineData("?block=4096", 4608, "its 4608 bytes are not a multiple of the block size 4096; add ?block=512")]
    [InlineData("?size=1M", 2048, "it has 2K and not 1M; size only creates a disk")]
    [InlineData("?size=100", null, ": 100 bytes are too small for one block; choose size=512 or more")]
    [InlineData("?size=700", null, ": 700 bytes are not a multiple of the block size 512; choose size=1024")]
    [InlineData("?size=4608&block=4096", null, ": 4608 bytes are not a multiple of the block size 4096; choose size=8192")]
    public async Task A_file_that_is_no_disk_is_refused_in_one_line(string options, int? fileBytes, string problem)
    {
        if (fileBytes is { } bytes) File.WriteAllBytes(_file.Path, new byte[bytes]);
        await CheckRefusalAsync(_file.Path + options, problem);
        Assert.Equal(fileBytes is not null, File.Exists(_file.Path));
        if (fileBytes is { } kept) Assert.Equal(kept, new FileInfo(_file.Path).Length);
    }

    [Fact]
    public async Task A_directory_is_refused() => await CheckRefusalAsync(Path.GetTempPath(), "it is a directory; name a file in it");

    [Fact]
    public async Task A_missing_directory_is_refused() => await CheckRefusalAsync(_file.Path + "/a.img?size=1M", "its directory does not exist; check the path");

    [Fact]
    public async Task A_device_that_is_no_disk_is_refused()
    {
        if (!LinuxFileCalls.IsSupported) Assert.Skip("only Linux tells what a path leads to");
        await CheckRefusalAsync("/dev/null", "it is neither a file nor a block device");
    }

    [Fact]
    public async Task A_file_marked_read_only_is_refused_for_writing()
    {
        File.WriteAllBytes(_file.Path, new byte[512]);
        FileAttributes attributes = File.GetAttributes(_file.Path);
        File.SetAttributes(_file.Path, attributes | FileAttributes.ReadOnly);
        await CheckRefusalAsync(_file.Path, "it is read-only; make it writable or add ?readonly");
        File.SetAttributes(_file.Path, attributes);
    }

    [Fact]
    public async Task A_file_is_one_disk_at_a_time()
    {
        string text = $"file:{_file.Path}?size=1M";
        await using (await new DiskCatalog().OpenAsync(DiskSpec.Parse(text))) await CheckRefusalAsync(text, "it is in use by another process or another disk of this one");
        await (await new DiskCatalog().OpenAsync(DiskSpec.Parse(text))).DisposeAsync();
    }

    [Theory]
    [InlineData("memory:100", "100 bytes are too small for one block")]
    [InlineData("memory:1000", "1000 bytes are not a multiple of the block size 512")]
    [InlineData("null:512?block=4096", "512 bytes are too small for one block")]
    [InlineData("memory:8388608T", "the system has no room for that much memory")]
    public async Task A_size_that_does_not_fit_is_refused(string text, string problem) => await CheckRefusalAsync(text, problem);

    private static async Task CheckRefusalAsync(string text, string problem)
    {
        DiskOpenException error = await Assert.ThrowsAsync<DiskOpenException>(async () => await new DiskCatalog().OpenAsync(DiskSpec.Parse(text)));
        Assert.StartsWith(DiskSpec.Parse(text) + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
