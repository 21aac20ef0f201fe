namespace Blockwire.Storage.Tests;

public sealed class DiskSpecTests
{
    [Theory]
    [InlineData("disk.img", "disk.img", "file:disk.img")]
    [InlineData("file:disk.img", "disk.img", "file:disk.img")]
    [InlineData("FILE:disk.img?size=10G", "disk.img", "file:disk.img")]
    [InlineData("file:a%20b%3F.img", "a b?.img", "file:a%20b%3F.img")]
    [InlineData("my disk.img", "my disk.img", "file:my%20disk.img")]
    [InlineData("100%.img", "100%.img", "file:100%25.img")]
    [InlineData("file:///var/a.img", "/var/a.img", "file:/var/a.img")]
    [InlineData("file://localhost/var/a.img", "/var/a.img", "file:/var/a.img")]
    [InlineData("./odd:name.img", "./odd:name.img", "file:./odd:name.img")]
    [InlineData(@"C:\disks\a.img", @"C:\disks\a.img", @"file:C:\disks\a.img")]
    [InlineData("file:gr%C3%BCn.img", "grün.img", "file:grün.img")]
    [InlineData("/dev/sdb", "/dev/sdb", "file:/dev/sdb")]
    public void A_path_is_read_and_named(string text, string path, string name)
    {
        DiskSpec spec = DiskSpec.Parse(text);
        Assert.Equal("file", spec.Scheme);
        Assert.Equal(path, spec.Path);
        Assert.Equal(text, spec.Text);
        Assert.Equal(name, spec.ToString());
        Assert.Equal(path, DiskSpec.Parse(spec.ToString()).Path);
    }

    [Theory]
    [InlineData("memory:256M", 256UL << 20, "memory:256M")]
    [InlineData("Memory:1024k", 1UL << 20, "memory:1M")]
    [InlineData("memory:1000", 1000UL, "memory:1000")]
    [InlineData("null:1T", 1UL << 40, "null:1T")]
    [InlineData("null:8388608T", 1UL << 63, "null:8388608T")]
    public void A_size_is_read_and_named(string text, ulong bytes, string name)
    {
        DiskSpec spec = DiskSpec.Parse(text);
        Assert.Equal(bytes, spec.SizeBytes);
        Assert.Null(spec.Path);
        Assert.Equal(name, spec.ToString());
    }

    [Fact]
    public void Options_are_read_in_either_case()
    {
        DiskSpec spec = DiskSpec.Parse("file:a.img?SIZE=10g&ReadOnly&removable=ON&block=4096&serial=A%26B%20c&thin=Off");
        Assert.Equal(10UL << 30, spec.SizeBytes);
        Assert.True(spec.ReadOnly);
        Assert.True(spec.Removable);
        Assert.Equal(4096u, spec.BlockBytes);
        Assert.Equal("A&B c", spec.Serial);
        Assert.False(spec.Thin);
        Assert.Equal("file:a.img", spec.ToString());
    }

    [Theory]
    [InlineData("cdrom:debian.iso", "debian.iso", "cdrom:debian.iso")]
    [InlineData("CDROM:a%20b.iso?readonly&removable=on&serial=X", "a b.iso", "cdrom:a%20b.iso")]
    [InlineData("cdrom:///srv/a.iso", "/srv/a.iso", "cdrom:/srv/a.iso")]
    [InlineData("cdrom:", "", "cdrom:")]
    public void The_medium_of_a_drive_is_named_by_its_path(string text, string path, string name)
    {
        DiskSpec spec = DiskSpec.Parse(text);
        Assert.Equal((true, path.Length == 0, path), (spec.IsCdDvd, spec.IsEmpty, spec.Path));
        Assert.Equal((2048u, true, true), (spec.BlockBytes, spec.ReadOnly, spec.Removable));
        Assert.Equal(name, spec.ToString());
    }

    [Fact]
    public void Options_have_defaults()
    {
        DiskSpec spec = DiskSpec.Parse("a.img?readonly=off");
        Assert.False(spec.ReadOnly);
        Assert.False(spec.Removable);
        Assert.Equal(512u, spec.BlockBytes);
        Assert.Null(spec.Serial);
        Assert.Null(spec.Thin);
        Assert.Null(spec.SizeBytes);
    }

    [Theory]
    [InlineData("", "the path is empty")]
    [InlineData("file:", "the path is empty")]
    [InlineData("?readonly", "the path is empty")]
    [InlineData("floppy:a.img", "unknown disk type 'floppy:'; known are file:, memory:, null:")]
    [InlineData("file:a.img?colour=red", "unknown option 'colour'; file: takes size, protection, protection-store, readonly, removable, block, serial, thin")]
    [InlineData("memory:1M?size=2M", "unknown option 'size'; memory: takes protection, readonly, removable, block, serial, thin")]
    [InlineData("cdrom:a.iso?block=512", "unknown option 'block'; cdrom: takes readonly, removable, serial")]
    [InlineData("cdrom:a.iso?readonly=off", "'readonly=off' has a wrong value; allowed is readonly or readonly=on, since a CD is never written")]
    [InlineData("a.img?block=1024", "'block=1024' has a wrong value; allowed is block=512 or block=4096")]
    [InlineData("a.img?thin", "allowed is thin=on or thin=off")]
    [InlineData("a.img?readonly=maybe", "allowed is readonly, readonly=on or readonly=off")]
    [InlineData("a.img?size=10X", "'size=10X' has a wrong value; allowed is size=SIZE")]
    [InlineData("a.img?size=0", "allowed is size=SIZE")]
    [InlineData("a.img?size=", "allowed is size=SIZE")]
    [InlineData("a.img?serial=", "allowed is serial=TEXT")]
    [InlineData("a.img?serial=a%07b", "allowed is serial=TEXT")]
    [InlineData("a.img?readonly&READONLY", "option 'readonly' is given twice")]
    [InlineData("memory:", "'' is no size")]
    [InlineData("memory:lots", "'lots' is no size")]
    [InlineData("memory:-1", "'-1' is no size")]
    [InlineData("null:8388609T", "'8388609T' is no size")]
    [InlineData("null:99999999999999999999T", "is no size")]
    [InlineData("file:a%2.img", "write a percent sign as %25")]
    [InlineData("file:a%FF.img", "write a percent sign as %25")]
    [InlineData("file://server/a.img", "not on 'server'")]
    [InlineData("file:a%00b", "zero byte")]
    public void What_names_no_disk_is_refused_in_one_line(string text, string problem)
    {
        DiskSpecException error = Assert.Throws<DiskSpecException>(() => DiskSpec.Parse(text));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(DiskSpec.TryParse(text, out DiskSpec? spec, out string? message));
        Assert.Null(spec);
        Assert.Equal(error.Message, message);
    }

    [Fact]
    public void A_message_stays_one_line_whatever_the_text() =>
        Assert.DoesNotContain('\n', Assert.Throws<DiskSpecException>(() => DiskSpec.Parse("a.img?x\n=%0A")).Message);
}
