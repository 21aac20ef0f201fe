using System.Diagnostics;

namespace Blockwire.Storage.Tests;

/// <summary>Which pages a disk in a file lends, and what they show.</summary>
public sealed class FileLoanTests : IDisposable
{
    private const int LengthBytes = 1 << 20, LoanBytes = 64 << 10;
    private const ulong Lba = 8;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFile _file = new();

    public FileLoanTests() => Assert.SkipUnless(LinuxFileCalls.IsSupported, "only Linux tells what the page cache holds");

    public static TheoryData<string> Directories => [Path.GetTempPath(), TemporaryFile.MemoryDirectory];

    public void Dispose() => _file.Dispose();

    [Theory]
    [MemberData(nameof(Directories))]
    public async Task What_the_cache_holds_is_lent(string directory)
    {
        Assert.SkipUnless(Directory.Exists(directory), $"there is no {directory}");
        using TemporaryFile file = new(directory);
        await using FileDisk disk = Open(file: file);
        byte[] data = await FillAsync(disk);
        Assert.True(disk.TryLend(Lba, LoanBytes, out ReadOnlyMemory<byte> pages));
        Assert.Equal(data.AsSpan((int)Lba * 512, LoanBytes), pages.Span);
    }

    [Fact]
    public async Task A_range_of_many_pages_is_lent_to_the_last_block()
    {
        const int Large = 6 << 20;      // more pages than are asked for at once
        await using FileDisk disk = Open(Large);
        byte[] data = await FillAsync(disk, Large);
        Assert.True(disk.TryLend(1, Large - 512, out ReadOnlyMemory<byte> pages));
        Assert.Equal(data.AsSpan(512), pages.Span);
    }

    [Fact]
    public async Task Lent_pages_show_what_is_written_later()
    {
        await using FileDisk disk = Open();
        await FillAsync(disk);
        Assert.True(disk.TryLend(Lba, LoanBytes, out ReadOnlyMemory<byte> pages));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(Lba, ChildProcess.Pattern(99), false, None));
        Assert.Equal(ChildProcess.Pattern(99), pages[..512]);
    }

    [Fact]
    public async Task What_the_cache_has_dropped_is_lent_once_it_was_read()
    {
        await using FileDisk disk = Open();
        if (disk.Traits.CompletesInline) Assert.Skip("the files live in memory");
        await FillAsync(disk);
        Assert.Equal(IoStatus.Ok, await disk.FlushAsync(None));
        await RunAsync("dd", $"if={_file.Path}", "iflag=nocache", "count=0");
        Assert.False(disk.TryLend(Lba, LoanBytes, out _));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(Lba, new byte[LoanBytes], None));
        Assert.True(disk.TryLend(Lba, LoanBytes, out _));
    }

    [Fact]
    public async Task Neither_a_hole_nor_a_range_with_one_is_lent()
    {
        await using FileDisk disk = Open();
        Assert.False(disk.TryLend(0, LoanBytes, out _));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, new byte[LoanBytes], false, None));
        Assert.True(disk.TryLend(0, LoanBytes, out _));
        Assert.False(disk.TryLend(0, LoanBytes + 512, out _));
    }

    [Fact]
    public async Task Small_reads_are_copied()
    {
        await using FileDisk disk = Open();
        await FillAsync(disk);
        Assert.True(disk.TryLend(Lba, FileDisk.SmallestLoanBytes, out _));
        Assert.False(disk.TryLend(Lba, FileDisk.SmallestLoanBytes - 512, out _));
    }

    [Fact]
    public async Task Of_a_file_that_is_not_written_nothing_is_lent()
    {
        await using (FileDisk disk = Open()) await FillAsync(disk);
        await using FileDisk reader = FileDisk.Open(_file.Path, new FileDiskOptions { ReadOnly = true });
        Assert.Equal(IoStatus.Ok, await reader.ReadAsync(Lba, new byte[LoanBytes], None));
        Assert.False(reader.TryLend(Lba, LoanBytes, out _));
    }

    [Fact]
    public async Task What_a_file_has_grown_by_is_read_and_not_lent()
    {
        await using FileDisk disk = Open();
        await FillAsync(disk);
        await RunAsync("truncate", "-s", "2M", _file.Path);
        Assert.True(disk.TryGrow());
        ulong last = (LengthBytes / 512) - 1;
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(last, new byte[LoanBytes], false, None));
        Assert.False(disk.TryLend(last, LoanBytes, out _));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(last, new byte[LoanBytes], None));
    }

    [Fact]
    public async Task What_was_cut_off_is_not_lent_and_fails_to_read()
    {
        await using FileDisk disk = Open();
        await FillAsync(disk);
        await RunAsync("truncate", "-s", "4096", _file.Path);
        Assert.False(disk.TryLend(Lba, LoanBytes, out _));
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(Lba, new byte[LoanBytes], None));
    }

    [Fact]
    public async Task After_closing_lent_pages_read_as_zeros_and_the_file_is_free()
    {
        FileDisk disk = Open();
        await FillAsync(disk);
        Assert.True(disk.TryLend(Lba, LoanBytes, out ReadOnlyMemory<byte> pages));
        await disk.DisposeAsync();
        Assert.Equal(-1, pages.Span.IndexOfAnyExcept((byte)0));
        Assert.False(disk.TryLend(Lba, LoanBytes, out _));
        Assert.DoesNotContain(_file.Path, await File.ReadAllTextAsync("/proc/self/maps"), StringComparison.Ordinal);
        await Open().DisposeAsync();
    }

    [Fact]
    public async Task Lending_allocates_nothing()
    {
        await using FileDisk disk = Open();
        await FillAsync(disk);
        Lend();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) Lend();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Lend()
        {
            if (!disk.TryLend(Lba, LoanBytes, out _)) Assert.Fail("it was not lent");
        }
    }

    private FileDisk Open(ulong lengthBytes = LengthBytes, TemporaryFile? file = null) =>
        FileDisk.Open((file ?? _file).Path, new FileDiskOptions { CreateBytes = lengthBytes });

    private static async Task<byte[]> FillAsync(FileDisk disk, int lengthBytes = LengthBytes)
    {
        byte[] data = new byte[lengthBytes];
        new Random(5).NextBytes(data);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, data, false, None));
        return data;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }
}
