using System.Text;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: what a unit keeps is there whole after each step, and what could not be kept is told.</summary>
public sealed class UnitStateFolderTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("blockwire state ").FullName;

    [Fact]
    public void What_was_never_kept_is_null() => Assert.Null(Store("none").Read("reservations"));

    [Fact]
    public async Task A_document_is_read_by_another_store()
    {
        await Store("unit/lun-0").ReplaceAsync("reservations", "one"u8.ToArray());
        await Store("unit/lun-0").ReplaceAsync("reservations", "two"u8.ToArray());

        Assert.Equal("two", Encoding.UTF8.GetString(Store("unit/lun-0").Read("reservations")!));
    }

    [Fact]
    public async Task Names_do_not_meet()
    {
        UnitStateFolder store = Store("unit");
        await store.ReplaceAsync("a", "1"u8.ToArray());
        await store.ReplaceAsync("b", "2"u8.ToArray());

        Assert.Equal([(byte)'1'], store.Read("a")!);
        Assert.Equal([(byte)'2'], store.Read("b")!);
    }

    [Fact]
    public async Task A_draft_that_a_crash_left_is_not_read_and_is_in_nobodys_way()
    {
        UnitStateFolder store = Store("unit");
        await store.ReplaceAsync("a", "whole"u8.ToArray());
        await File.WriteAllTextAsync(Path.Combine(store.Folder, "a.json.new"), "ha", TestContext.Current.CancellationToken);

        Assert.Equal("whole", Encoding.UTF8.GetString(Store("unit").Read("a")!));
        await store.ReplaceAsync("a", "next"u8.ToArray());
        Assert.Equal("next", Encoding.UTF8.GetString(Store("unit").Read("a")!));
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_and_the_old_stays()
    {
        UnitStateFolder store = Store("unit");
        await store.ReplaceAsync("a", "old"u8.ToArray());
        Directory.CreateDirectory(Path.Combine(store.Folder, "a.json.new"));

        UnitStateException failure = await Assert.ThrowsAsync<UnitStateException>(() => store.ReplaceAsync("a", "new"u8.ToArray()).AsTask());

        Assert.StartsWith(Path.Combine(store.Folder, "a.json"), failure.Message, StringComparison.Ordinal);
        Assert.Equal("old", Encoding.UTF8.GetString(store.Read("a")!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("A")]
    public void A_name_is_plain(string name) => Assert.Throws<ArgumentException>(() => Store("unit").Read(name));

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    private UnitStateFolder Store(string name) => new(Path.Combine(_scratch, name));
}
