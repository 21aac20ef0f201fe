using Blockwire.Protocol.Naming;
using Blockwire.Testing;

namespace Blockwire.Initiator.Tests;

/// <summary>Which session gets which ISID (RFC 7143 §4.4.3, §10.1.1).</summary>
public sealed class IsidRegistryTests : IDisposable
{
    private static readonly IscsiName Host = Name("iqn.2026-11.a:host");
    private static readonly IscsiName Disk = Name("iqn.2026-11.a:disk");

    private readonly StateScratch _state = new();

    [Fact]
    [Rule("7143/10.1.1")]
    public void A_session_gets_the_ISID_of_the_last_time()
    {
        Isid first = Take(Disk);

        Assert.Equal(first, Take(Disk));
        Assert.Equal(IsidFormat.Random, first.Format);
    }

    [Fact]
    [Rule("7143/10.1.1")]
    public void Another_target_gets_the_same_ISID() => Assert.Equal(Take(Disk), Take(Name("iqn.2026-11.a:other")));

    [Fact]
    [Rule("7143/4.4.3")]
    public void Sessions_side_by_side_get_different_ones()
    {
        using IsidLease first = Registry().Lease(Host, Disk, 1);
        using IsidLease second = Registry().Lease(Host, Disk, 1);
        using IsidLease third = Registry().Lease(Host, Disk);

        Assert.Equal(3, new HashSet<Isid> { first.Isid, second.Isid, third.Isid }.Count);
        Assert.Null(first.Note ?? second.Note ?? third.Note);
    }

    [Fact]
    [Rule("7143/4.4.3")]
    public void Many_at_once_never_share_one()
    {
        IsidLease[] leases = new IsidLease[40];

        Parallel.For(0, leases.Length, at => leases[at] = Registry().Lease(Host, Disk, (ushort)(at % 3)));

        Assert.Equal(leases.Length, leases.Select(static it => it.Isid).Distinct().Count());
        Assert.All(leases, static it => it.Dispose());
    }

    [Fact]
    [Rule("7143/10.1.1")]
    public void Each_portal_group_finds_its_own_again_in_any_order()
    {
        IsidLease first = Registry().Lease(Host, Disk, 1);
        IsidLease second = Registry().Lease(Host, Disk, 2);
        (Isid One, Isid Two) before = (first.Isid, second.Isid);
        first.Dispose();
        second.Dispose();

        using IsidLease secondAgain = Registry().Lease(Host, Disk, 2);
        using IsidLease firstAgain = Registry().Lease(Host, Disk, 1);

        Assert.Equal(before, (firstAgain.Isid, secondAgain.Isid));
    }

    [Fact]
    public void Another_initiator_has_slots_of_its_own()
    {
        using IsidLease mine = Registry().Lease(Host, Disk);
        using IsidLease other = Registry().Lease(Name("iqn.2026-11.a:guest"), Disk);

        Assert.Equal(mine.Isid, other.Isid);
    }

    [Fact]
    public void Discovery_without_a_target_gets_one_too()
    {
        using IsidLease lease = Registry().Lease(Host, null);

        Assert.Null(lease.Note);
    }

    [Fact]
    public void Without_a_home_the_ISID_is_random_and_told_to_be()
    {
        using IsidLease one = new IsidRegistry(null).Lease(Host, Disk);
        using IsidLease two = new IsidRegistry(null).Lease(Host, Disk);

        Assert.NotEqual(one.Isid, two.Isid);
        Assert.Equal(IsidFormat.Random, one.Isid.Format);
        Assert.Contains("BLOCKWIRE_STATE", one.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_that_cannot_be_used_does_no_harm()
    {
        string file = Path.Combine(Directory.CreateDirectory(_state.Folder).FullName, "file");
        File.WriteAllText(file, "");

        using IsidLease lease = new IsidRegistry(file).Lease(Host, Disk);

        Assert.Contains(file, lease.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_with_nonsense_in_it_does_no_harm()
    {
        Directory.CreateDirectory(_state.Folder);
        File.WriteAllText(Path.Combine(_state.Folder, "isid-number"), "nonsense");

        using IsidLease lease = Registry().Lease(Host, Disk);

        Assert.Contains("delete it", lease.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_that_is_spoilt_is_as_good_as_none()
    {
        Isid before = Take(Disk);
        string history = Assert.Single(Directory.GetFiles(_state.Folder, "groups", SearchOption.AllDirectories));
        File.WriteAllText(history, "\0\0 x\n- 99999\n- -1\n\n");

        Assert.Equal(before, Take(Disk));
    }

    public void Dispose() => _state.Dispose();

    private static IscsiName Name(string text) => IscsiName.TryParse(text, out IscsiName name, out string? why) ? name : throw new ArgumentException(why);

    private IsidRegistry Registry() => new(_state.Folder);

    private Isid Take(IscsiName target)
    {
        using IsidLease lease = Registry().Lease(Host, target);
        return lease.Isid;
    }
}
