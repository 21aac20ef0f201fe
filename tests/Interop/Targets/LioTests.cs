using System.Diagnostics;
using Blockwire.Initiator;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Goal: our initiator uses the Linux kernel's target (LIO) with all that both can do. Method: a guest in QEMU, reached through a forwarded port.</summary>
[Collection(LioCollection.Name)]
public sealed class LioTests(LioGuest lio) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await lio.StartAsync();

    public ValueTask DisposeAsync()
    {
        lio.AssertSound();
        return default;
    }

    [Fact]
    public async Task It_finds_the_targets()
    {
        IscsiSessionOptions options = lio.Target("level0").Options() with { TargetName = null };
        await using IscsiSession session = await OpenSessions.OpenAsync(options);
        string[] names = [.. (await session.SendTargetsAsync()).Where(static pair => pair.Key == "TargetName").Select(static pair => pair.Value)];
        Assert.Contains(lio.Target("level2").Name, names);
        Assert.Contains(lio.Target("mutual").Name, names);
    }

    [Theory]
    [InlineData(0, 1, DigestPolicy.None, DigestPolicy.None)]
    [InlineData(0, 4, DigestPolicy.Require, DigestPolicy.None)]
    [InlineData(1, 1, DigestPolicy.None, DigestPolicy.Require)]
    [InlineData(1, 4, DigestPolicy.Require, DigestPolicy.Require)]
    [InlineData(2, 1, DigestPolicy.Require, DigestPolicy.Require)]
    [InlineData(2, 4, DigestPolicy.None, DigestPolicy.None)]
    public async Task What_is_written_is_read_back(int level, int connections, DigestPolicy header, DigestPolicy data)
    {
        IscsiSessionOptions options = lio.Target($"level{level}").Options(connections, offers => offers with { HeaderDigest = header, DataDigest = data });
        await using IscsiSession session = await OpenSessions.OpenAsync(options);
        Assert.Equal(level, session.Parameters.ErrorRecoveryLevel);
        Assert.Equal(connections, session.Connections.Count);
        Assert.All(session.Connections, it => Assert.Equal(
            (header == DigestPolicy.Require, data == DigestPolicy.Require),
            (it.Login.ConnectionParameters.HeaderDigest == DigestKind.Crc32C, it.Login.ConnectionParameters.DataDigest == DigestKind.Crc32C)));
        await Transfers.WriteAndCompareAsync(session, 0, 4 << 20);
        await session.PingAsync(new byte[] { 1, 2, 3 });
    }

    [Fact]
    public async Task A_quarter_of_a_gibibyte_comes_back_as_it_went()
    {
        await using IscsiSession session = await OpenSessions.OpenAsync(lio.Target("large").Options(connections: 4, static offers => offers with { HeaderDigest = DigestPolicy.None, DataDigest = DigestPolicy.None }));
        Stopwatch watch = Stopwatch.StartNew();
        await Transfers.WriteAndCompareAsync(session, 0, 256 << 20);
        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s");
    }

    [Theory]
    [InlineData(ChapAlgorithm.Md5, false)]
    [InlineData(ChapAlgorithm.Sha1, true)]
    [InlineData(ChapAlgorithm.Sha256, false)]
    [InlineData(ChapAlgorithm.Sha256, true)]
    [InlineData(ChapAlgorithm.Sha3With256, true)]
    public async Task Both_sides_prove_themselves(ChapAlgorithm algorithm, bool mutual)
    {
        IscsiSessionOptions options = lio.Target(mutual ? "mutual" : "chap").Options() with { Credentials = RealTarget.Chap(mutual, algorithm) };
        await using IscsiSession session = await OpenSessions.OpenAsync(options);
        InitiatorLoginOutcome login = session.Connections[0].Login;
        Assert.Equal((algorithm, mutual), (login.ChapAlgorithm, login.IsTargetAuthenticated));
        await LogicalUnit.OpenAsync(session.Unit(0));
    }

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        ChapInitiatorOptions wrong = RealTarget.Chap(mutual: false) with { Own = new ChapCredential(LioGuest.User, ChapSecret.FromText("notthesecretofalice")) };
        LoginFailedException failed = await Assert.ThrowsAsync<LoginFailedException>(() => OpenSessions.OpenAsync(lio.Target("chap").Options() with { Credentials = wrong }));
        Assert.Equal(LoginStatus.AuthenticationFailure, failed.Failure?.Status);
    }

    [Fact]
    public async Task A_target_that_cannot_prove_itself_is_not_believed()
    {
        ChapInitiatorOptions wrong = RealTarget.Chap(mutual: true) with { Target = new ChapCredential(LioGuest.TargetUser, ChapSecret.FromText("notthesecretofthedisk")) };
        await Assert.ThrowsAsync<LoginFailedException>(() => OpenSessions.OpenAsync(lio.Target("mutual").Options() with { Credentials = wrong }));
    }

    [Fact]
    public async Task Blocks_are_unmapped_written_alike_and_compared()
    {
        await using IscsiSession session = await OpenSessions.OpenAsync(lio.Target("thin").Options());
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        byte[] block = new byte[DiskPattern.BlockBytes];
        byte[] read = new byte[16 * DiskPattern.BlockBytes];
        DiskPattern.Fill(block, 7, 1);

        await unit.WriteSameAsync(64, 16, block);
        await unit.ReadAsync(64, read);
        Assert.All(Enumerable.Range(0, 16), it => Assert.True(read.AsSpan(it * block.Length, block.Length).SequenceEqual(block)));

        byte[] other = new byte[block.Length];
        DiskPattern.Fill(other, 8, 2);
        Assert.True((await unit.CompareAndWriteAsync(65, block, other)).IsSame);
        Assert.False((await unit.CompareAndWriteAsync(65, block, other)).IsSame);
        await unit.ReadAsync(65, read.AsMemory(0, block.Length));
        Assert.Equal(other, read[..block.Length]);

        await unit.UnmapAsync(64, 16);
        await unit.ReadAsync(64, read);
        Assert.True(read.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        await unit.FlushAsync();
    }

    [Fact]
    public async Task A_reservation_keeps_another_initiator_out()
    {
        IscsiSessionOptions options = lio.Target("thin").Options();
        await using IscsiSession session = await OpenSessions.OpenAsync(options);
        await using IscsiSession other = await OpenSessions.OpenAsync(options with { InitiatorName = RealTarget.ParseName("iqn.2026-11.local.blockwire:stranger") });
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        LogicalUnit stranger = await LogicalUnit.OpenAsync(other.Unit(0));
        PersistentReservations reservations = new(unit);
        await reservations.RegisterAndIgnoreExistingKeyAsync(0xABC);
        await reservations.ReserveAsync(0xABC, ReservationType.WriteExclusive);
        Assert.Equal([0xABCUL], (await reservations.ReadKeysAsync()).Keys);
        Assert.Equal(0xABCUL, (await reservations.ReadReservationAsync()).Key);

        ScsiException refused = await Assert.ThrowsAsync<ScsiException>(() => stranger.WriteAsync(0, new byte[DiskPattern.BlockBytes]).AsTask());
        Assert.Equal(ScsiStatus.ReservationConflict, refused.Status);
        await unit.WriteAsync(0, new byte[DiskPattern.BlockBytes]);
        await reservations.ClearAsync(0xABC);
        await stranger.WriteAsync(0, new byte[DiskPattern.BlockBytes]);
    }
}
