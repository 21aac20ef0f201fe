using Blockwire.Initiator;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>
/// Goal: whatever happens to the connections to the Linux kernel's target (LIO), no block is wrong and no command is lost. Method: a proxy before the guest cuts, stops and
/// spoils connections under a load that knows what each block holds.
/// </summary>
/// <remarks>
/// The kernel itself does not survive two things, which are left out here: a task that was reassigned (see <see cref="LioReassignTests"/>), and a login that takes the place of a
/// session with several connections that are just being closed, as level 0 has it after a loss: BLOCKWIRE_LIO_PANICS=1 runs that too.
/// </remarks>
[Collection(LioCollection.Name)]
public sealed class LioFaultTests(LioGuest lio) : IAsyncLifetime
{
    private const int DiskBytes = 4 << 20;
    private static readonly Fault[] _faults = [Fault.Reset, Fault.ShortStall, Fault.LongStall, Fault.Fin];

    public static TheoryData<int, int> Sessions => Environment.GetEnvironmentVariable("BLOCKWIRE_LIO_PANICS") == "1"
        ? new() { { 0, 4 } }
        : new() { { 0, 1 }, { 1, 1 }, { 1, 4 }, { 2, 1 }, { 2, 4 } };

    public async ValueTask InitializeAsync() => await lio.StartAsync();

    public ValueTask DisposeAsync()
    {
        lio.AssertSound();
        return default;
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public async Task Nothing_is_lost_when_connections_are_cut(int level, int connections)
    {
        RealTarget target = Target(level);
        FaultRun run = await FaultRun.RunAsync(target, target.Options(connections), DiskBytes, _faults);
        Assert.Equal(level, run.Level);
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.Count(InitiatorEvent.TaskReassigned));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 4)]
    public async Task Nothing_is_lost_when_bytes_are_spoilt(int level, int connections)
    {
        RealTarget target = Target(level);
        IscsiSessionOptions options = target.Options(connections, static offers => offers with { HeaderDigest = DigestPolicy.Require, DataDigest = DigestPolicy.Require });
        FaultRun run = await FaultRun.RunAsync(target, options, DiskBytes, [Fault.SpoilFromTarget, Fault.SpoilToTarget, Fault.SpoilFromTarget, Fault.SpoilToTarget]);
        Assert.Empty(run.Errors);
    }

    private RealTarget Target(int level) => lio.Target($"level{level}") with { Quirks = PeerQuirks.Lio | PeerQuirks.NoTaskReassign };
}
