using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>What one seed makes of everything that can be chosen: both sides' parameters, the links, the disk.</summary>
internal sealed record Scenario(ulong Seed, ScriptedTerms Terms, TargetOffers Offers, TargetSessionOptions Options, LinkQuality Links, DiskTempo Tempo, int FaultsPerMinute, TimeSpan Busy)
{
    /// <summary>The highest recovery level that is simulated.</summary>
    private const int HighestLevel = 2;

    public long PoolBound => MemoryBound.Of(Options, Offers);

    public static Scenario Of(ulong seed)
    {
        SimRandom random = new SimRandom(seed).Fork(1);
        int level = random.Next(HighestLevel + 1);
        int connections = random.Pick(1, 1, 2, 2, 3, 4);
        int burst = 512 * random.Between(1, 6);
        bool digests = random.Chance(70) || level == 1;
        bool late = level == 2 && random.Chance(30); // tasks are not kept for long, the disk is slow, and the initiator comes back late
        bool tidy = random.Chance(60);
        ScriptedTerms terms = new()
        {
            ErrorRecoveryLevel = level,
            Connections = connections,
            MaxConnections = connections + random.Next(2),
            HeaderDigest = digests && random.Chance(80),
            DataDigest = digests,
            InitialR2T = random.Chance(50),
            ImmediateData = random.Chance(60),
            MaxRecvDataSegmentLength = 512 + (64 * random.Next(20)),
            MaxBurstLength = burst,
            FirstBurstLength = Math.Min(burst, 512 * random.Between(1, 3)),
            MaxOutstandingR2T = random.Pick(1, 1, 2, 4),
            Time2Wait = random.Pick(0, 1, 2),
            Time2Retain = random.Pick(1, 5, 10, 20),
            DataPduInOrder = random.Chance(70),
            DataSequenceInOrder = true,
            TaskReporting = random.Pick("ResponseFence", "ResponseFence", "RFC3720", "FastAbort"),
            FirstCmdSN = random.Chance(30) ? uint.MaxValue - (uint)random.Next(60) : (uint)random.Next(),
            Depth = random.Pick(1, 4, 8, 16, 24),
            LatePercent = late ? 70 : 10,
            RetryMilliseconds = random.Pick(150, 5_000, 5_000),
            ImmediateCommandPercent = random.Pick(0, 0, 5, 20),
            InlinePercent = random.Pick(0, 20, 100),
            RereadPercent = random.Pick(100, 100, 80),
            MostBlocks = random.Pick(4, 16, 48),
            ReinstatePercent = random.Pick(0, 30, 100),
            GiveUpPercent = random.Pick(0, 0, 0, 20),
        };
        TargetOffers offers = new()
        {
            MaxRecvDataSegmentLength = 512 * random.Between(1, 4),
            MaxBurstLength = 512 * random.Between(1, 8) is var most && most < terms.FirstBurstLength ? terms.FirstBurstLength : most,
            FirstBurstLength = terms.FirstBurstLength,
            MaxConnections = 8,
            DefaultTime2Wait = 0,
            DefaultTime2Retain = 60,
            ErrorRecoveryLevel = level,
        };
        TargetSessionOptions options = new()
        {
            WindowDepth = random.Pick(2, 8, 16, 32),
            DataBudgetBytes = random.Pick(4096, 16384, 65536),
            RetransmissionBytes = random.Pick(0, 4096, 65536),
            MaxImmediateCommands = random.Pick(2, 16),
            DrainTimeout = TimeSpan.FromSeconds(random.Pick(1, 5)),
        };
        LinkQuality links = tidy
            ? new(TimeSpan.FromMilliseconds(0.05), TimeSpan.FromMilliseconds(0.3), random.Pick(0, 10))
            : new(TimeSpan.FromMilliseconds(0.1), random.Milliseconds(1, 80), random.Pick(0, 30));
        DiskTempo tempo = new(random.Pick(2, 30, 200), random.Pick(0, 1, 5, 20), random.Pick(500, 3000, 9000), random.Pick(0, 30, 100));
        if (late)
        {
            terms = terms with { Time2Wait = 0, Time2Retain = 1 };
            tempo = new(30, 25, 9000, 100);
        }

        return new Scenario(seed, terms, offers, options, links, tempo, random.Pick(0, 6, 15, 30, 60), TimeSpan.FromSeconds(40));
    }

    public override string ToString() =>
        $"seed {Seed}: level {Terms.ErrorRecoveryLevel}, {Terms.Connections} connections, digests {Terms.HeaderDigest}/{Terms.DataDigest}, InitialR2T {Terms.InitialR2T}, ImmediateData {Terms.ImmediateData}, "
        + $"window {Options.WindowDepth}, depth {Terms.Depth}, budget {Options.DataBudgetBytes}, burst {Terms.MaxBurstLength}/{Offers.MaxBurstLength}, first burst {Terms.FirstBurstLength}, R2Ts {Terms.MaxOutstandingR2T}, "
        + $"Time2Wait {Terms.Time2Wait}, Time2Retain {Terms.Time2Retain}, {Tempo}, {Links}, {FaultsPerMinute} faults a minute";
}
