using System.Diagnostics;
using System.Globalization;

namespace Blockwire.Storage.Tests;

/// <summary>What holds between processes: the lock on a file, and what was acknowledged before a process was killed.</summary>
public sealed class TwoProcessTests : IDisposable
{
    private readonly TemporaryFile _file = new();

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData("", "", false)]
    [InlineData("", "?readonly", false)]
    [InlineData("?readonly", "", false)]
    [InlineData("?readonly", "?readonly", true)]
    public async Task A_second_process_gets_in_only_when_both_only_read(string mine, string theirs, bool isLetIn)
    {
        await (await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}?size=1M"))).DisposeAsync();
        string answer;
        await using (await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}{mine}"))) answer = await AskAsync(theirs);
        if (isLetIn) Assert.Equal("open", answer);
        else Assert.Contains(theirs.Length > 0 ? "open for writing elsewhere" : "in use by another process", answer, StringComparison.Ordinal);
        Assert.Equal("open", await AskAsync(theirs));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        const int Acknowledged = 40;
        ulong last = 0;
        await (await new DiskCatalog().OpenAsync(DiskSpec.Parse($"file:{_file.Path}?size=16M"))).DisposeAsync();
        using (Process writer = ChildProcess.Start(ChildProcess.WriteForever, _file.Path))
        {
            for (int i = 0; i < Acknowledged; i++)
            {
                string? line = await writer.StandardOutput.ReadLineAsync();
                Assert.NotNull(line);
                last = ulong.Parse(line, CultureInfo.InvariantCulture);
            }
            writer.Kill();
            await writer.WaitForExitAsync();
            while (await writer.StandardOutput.ReadLineAsync() is { } line)
            {
                if (ulong.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out ulong lba) && lba == last + 1) last = lba;
            }
        }
        Assert.True(last >= Acknowledged - 1);
        await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse(_file.Path));
        for (ulong lba = 0; lba <= last; lba++)
        {
            byte[] block = new byte[512];
            Assert.Equal(IoStatus.Ok, await disk.Device.ReadAsync(lba, block, CancellationToken.None));
            Assert.Equal(ChildProcess.Pattern(lba), block);
        }
    }

    private async Task<string> AskAsync(string options)
    {
        using Process other = ChildProcess.Start(ChildProcess.Hold, $"file:{_file.Path}{options}");
        string? answer = await other.StandardOutput.ReadLineAsync();
        other.StandardInput.Close();
        await other.WaitForExitAsync();
        return answer ?? throw new InvalidOperationException("the other process said nothing");
    }
}
