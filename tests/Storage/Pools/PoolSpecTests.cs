namespace Blockwire.Storage.Tests.Pools;

/// <summary>How pools are named: members in parentheses, what parts them, and where a mistake is.</summary>
public sealed class PoolSpecTests
{
    [Theory]
    [InlineData("stripe:(a.img,b.img)", "stripe:(file:a.img,file:b.img)", 2)]
    [InlineData("MIRROR:( a.img , memory:1M )", "mirror:(file:a.img,memory:1M)", 2)]
    [InlineData("stripe:(mirror:(a,b),mirror:(c,d),e)?chunk=1M", "stripe:(mirror:(file:a,file:b),mirror:(file:c,file:d),file:e)", 3)]
    [InlineData("mirror:(a(1).img,file:b%2Cc%28.img)", "mirror:(file:a%281%29.img,file:b%2Cc%28.img)", 2)]
    [InlineData("mirror:(a.img?serial=x%2Cy,file:%20b)", "mirror:(file:a.img,file:%20b)", 2)]
    public void A_pool_is_read_and_named(string text, string name, int members)
    {
        DiskSpec spec = DiskSpec.Parse(text);
        Assert.Equal(name, spec.ToString());
        Assert.Equal(members, spec.Members.Count);
        Assert.Equal(name, DiskSpec.Parse(name).ToString());
    }

    [Fact]
    public void Members_and_pools_have_options_of_their_own()
    {
        DiskSpec spec = DiskSpec.Parse("stripe:(a.img?size=1G&readonly,b.img?size=2G)?chunk=64K&serial=S1&thin=off");
        Assert.Equal([1UL << 30, 2UL << 30], spec.Members.Select(static it => it.SizeBytes!.Value));
        Assert.Equal([true, false], spec.Members.Select(static it => it.ReadOnly));
        Assert.Equal(("64K", "S1", false), (spec.OwnOptions["chunk"], spec.Serial, spec.Thin));
        Assert.False(spec.ReadOnly);
    }

    [Theory]
    [InlineData("stripe:a,b", "character 8: '(' is missing; write stripe:(DISK,DISK)")]
    [InlineData("stripe:", "character 8: '(' is missing")]
    [InlineData("stripe:(a,b", "character 8: this '(' is not closed")]
    [InlineData("stripe:(a,mirror:(b,c)", "character 8: this '(' is not closed")]
    [InlineData("stripe:(a)", "it has 1 member; write stripe:(DISK,DISK)")]
    [InlineData("stripe:()", "it has 1 member")]
    [InlineData("stripe:(a,)", "character 11, member 2: it is empty")]
    [InlineData("mirror:(a, ,b)", "character 12, member 2: it is empty")]
    [InlineData("mirror:(a,b)c", "character 13: 'c' follows the last member; only ? and options may")]
    [InlineData("mirror:(a,b))", "character 13: ')' follows")]
    [InlineData("mirror:(a, floppy:b)", "character 12, member 2 'floppy:b': unknown disk type 'floppy:'")]
    [InlineData("stripe:(a,mirror:(b,c?colour=red))", "character 11, member 2 'mirror:(b,c?colour=red)': character 11, member 2 'c?colour=red': unknown option 'colour'")]
    [InlineData("stripe:(a,b)?chunk=100K", "allowed is chunk=SIZE with SIZE being a power of two")]
    [InlineData("stripe:(a,b)?chunk=2G", "allowed is chunk=SIZE")]
    [InlineData("stripe:(a,b)?size=2G", "unknown option 'size'; stripe: takes chunk, readonly, removable, serial, thin")]
    [InlineData("mirror:(a,b)?block=4096", "unknown option 'block'; mirror: takes state, source, degraded, readonly, removable, serial, thin")]
    [InlineData("mirror:(a,b)?source=0", "allowed is source=N")]
    [InlineData("mirror:(a,b)?state=", "allowed is state=FILE")]
    public void A_mistake_is_told_with_its_place(string text, string problem)
    {
        DiskSpecException error = Assert.Throws<DiskSpecException>(() => DiskSpec.Parse(text));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        string text = string.Concat(Enumerable.Repeat("stripe:(", 100_000)) + "a,b" + string.Concat(Enumerable.Repeat(",c)", 100_000));
        Assert.Contains("nested 8 deep at most", Assert.Throws<DiskSpecException>(() => DiskSpec.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.img", "a.img?thin=on")]
    [InlineData("a.img?readonly", "a.img?readonly&thin=on")]
    [InlineData("mirror:(a?size=1M,b)", "mirror:(a?size=1M,b)?thin=on")]
    [InlineData("mirror:(a,b)?degraded", "mirror:(a,b)?degraded&thin=on")]
    public void Options_are_added_to_the_pool_and_not_to_its_last_member(string text, string more) =>
        Assert.Equal(more, new DiskCatalog().WithOptions(text, "thin=on"));

    [Fact]
    public async Task A_type_of_a_layer_above_is_a_disk_like_any_other()
    {
        DiskType far = new("far", DiskBody.Own, async (spec, _, _, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
            return new DiskMedium(new MemoryDisk(1 << 20), "serial " + spec.OwnName);
        })
        {
            ReadName = static text => text.StartsWith("//", StringComparison.Ordinal) ? text.Split('@')[^1] : throw new FormatException("write far://HOST"),
            OwnOptions = [DiskOption.Own("level", "level=0 to 2", static text => text is "0" or "1" or "2")],
            IsRemote = true,
        };
        DiskCatalog catalog = new(far);

        DiskSpec spec = catalog.Parse("mirror:(far://user%secret@host/x?level=2,memory:1M)?state=x");

        Assert.Equal("mirror:(far:host/x,memory:1M)", spec.ToString());
        Assert.Equal("2", spec.Members[0].OwnOptions["level"]);
        await using OpenDisk disk = await catalog.OpenAsync(spec.Members[0]);
        Assert.Equal("serial host/x", disk.Identity);
        Assert.Contains("write far://HOST", Assert.Throws<DiskSpecException>(() => catalog.Parse("far:x")).Message, StringComparison.Ordinal);
        string problem = Assert.Throws<DiskSpecException>(() => catalog.Parse("mirror:(far://user%secret@host/x?level=3,a)")).Message;
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        Assert.Contains("allowed is level=0 to 2", problem, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await catalog.OpenAsync(spec.Members[0], null, new CancellationToken(canceled: true)));
        Assert.Throws<ArgumentException>(() => new DiskCatalog(far, far));
    }
}
