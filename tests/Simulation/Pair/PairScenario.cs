using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>How much the faults of a run leave alone, so that more can be demanded of it.</summary>
internal enum Mercy
{
    /// <summary>Nothing: whatever can happen happens.</summary>
    None,

    /// <summary>Nothing but spoilt payloads above recovery level 0: no command ends but with its answer, and none is begun anew.</summary>
    Noise,

    /// <summary>At recovery level 2 one connection after the other, so that a way back is there in time: the same.</summary>
    OnePath,
}

/// <summary>What one seed makes of everything that can be chosen when both sides are cores of the product.</summary>
internal sealed record PairScenario(
    ulong Seed, Mercy Mercy, int Level, InitiatorOffers Offers, InitiatorSessionOptions Options, TargetOffers TargetOffers, TargetSessionOptions TargetOptions,
    PairLoad Load, LinkQuality Links, DiskTempo Tempo, int FaultsPerMinute, TimeSpan Busy)
{
    public long PoolBound => MemoryBound.Of(TargetOptions, TargetOffers);

    public static PairScenario Of(ulong seed)
    {
        SimRandom random = new SimRandom(seed).Fork(1);
        int level = random.Next(3);
        Mercy mercy = level > 0 && random.Chance(20) ? Mercy.Noise : level == 2 && random.Chance(35) ? Mercy.OnePath : Mercy.None;
        bool digests = random.Chance(70) || level == 1;
        bool tidy = random.Chance(60);
        InitiatorOffers offers = OffersOf(random, level, digests, mercy);
        LinkQuality links = tidy
            ? new(TimeSpan.FromMilliseconds(0.05), TimeSpan.FromMilliseconds(0.3), random.Pick(0, 10))
            : new(TimeSpan.FromMilliseconds(0.1), random.Milliseconds(1, 80), random.Pick(0, 30));
        DiskTempo tempo = new(random.Pick(2, 30, 200), random.Pick(0, 1, 5, 20), random.Pick(500, 3000, 9000), random.Pick(0, 30, 100));
        PairLoad load = LoadOf(random, mercy);
        return new PairScenario(
            seed, mercy, level, offers, OptionsOf(random, offers.MaxConnections, mercy), TargetOffersOf(random, offers), TargetOptionsOf(random, mercy),
            load, links, tempo, random.Pick(0, 6, 15, 30, 60), TimeSpan.FromSeconds(40));
    }

    public override string ToString() =>
        $"seed {Seed}: mercy {Mercy}, level {Level}, {Options.Connections} connections, digests {Offers.HeaderDigest}/{Offers.DataDigest}, InitialR2T {Offers.InitialR2T}, ImmediateData {Offers.ImmediateData}, "
        + $"window {TargetOptions.WindowDepth}, depth {Options.QueueDepth}, budget {TargetOptions.DataBudgetBytes}, kept {TargetOptions.RetransmissionBytes}, burst {Offers.MaxBurstLength}/{TargetOffers.MaxBurstLength}, "
        + $"first burst {Offers.FirstBurstLength}, R2Ts {Offers.MaxOutstandingR2T}, Time2Wait {Offers.DefaultTime2Wait}, Time2Retain {Offers.DefaultTime2Retain}, {Load}, {Tempo}, {Links}, "
        + $"{FaultsPerMinute} faults a minute, {Options}";

    private static InitiatorOffers OffersOf(SimRandom random, int level, bool digests, Mercy mercy)
    {
        int burst = 512 * random.Between(1, 6);
        return new InitiatorOffers
        {
            MaxConnections = random.Pick(1, 1, 2, 2, 3, 4),
            InitialR2T = random.Chance(50),
            ImmediateData = random.Chance(60),
            MaxRecvDataSegmentLength = 512 + (64 * random.Next(20)),
            MaxBurstLength = burst,
            FirstBurstLength = Math.Min(burst, 512 * random.Between(1, 3)),
            DefaultTime2Wait = random.Pick(0, 0, 1, 2),
            DefaultTime2Retain = mercy == Mercy.None ? random.Pick(0, 1, 5, 20) : 30,
            MaxOutstandingR2T = random.Pick(1, 1, 2, 4),
            DataPDUInOrder = random.Chance(70),
            ErrorRecoveryLevel = level,
            HeaderDigest = digests && random.Chance(80) ? DigestPolicy.Prefer : DigestPolicy.None,
            DataDigest = digests ? DigestPolicy.Prefer : DigestPolicy.None,
            TaskReporting = random.Chance(20) ? [TaskReporting.FastAbort, TaskReporting.ResponseFence, TaskReporting.Rfc3720] : random.Chance(50) ? [TaskReporting.ResponseFence, TaskReporting.Rfc3720] : [TaskReporting.Rfc3720],
        };
    }

    private static InitiatorSessionOptions OptionsOf(SimRandom random, int connections, Mercy mercy)
    {
        SimRandom jitter = random.Fork(9);
        return new InitiatorSessionOptions
        {
            Connections = connections + random.Next(2), // more than the target will grant, sometimes
            QueueDepth = random.Pick(1, 4, 8, 16, 24),
            CommandTimeLimit = mercy == Mercy.None ? TimeSpan.FromSeconds(random.Pick(4, 30, 30)) : Timeout.InfiniteTimeSpan,
            FunctionTimeLimit = TimeSpan.FromSeconds(random.Pick(6, 15)),
            LoginTimeLimit = TimeSpan.FromSeconds(random.Pick(2, 15)),
            LogoutTimeLimit = TimeSpan.FromSeconds(random.Pick(2, 6, 15)),
            PingAfter = random.Pick(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan),
            PingTimeLimit = TimeSpan.FromSeconds(random.Pick(2, 5)),
            RetryAfter = random.Milliseconds(200, 3_000),
            SnackAfter = mercy == Mercy.None ? random.Milliseconds(100, 2_000) : TimeSpan.FromSeconds(1),
            SnackLimit = mercy == Mercy.None ? random.Pick(1, 5) : 50,
            ReplacementTimeLimit = TimeSpan.FromSeconds(mercy == Mercy.None ? random.Pick(0, 5, 120, 120) : 120),
            FirstBackOff = random.Milliseconds(10, 500),
            LongestBackOff = TimeSpan.FromSeconds(random.Pick(1, 5)),
            RepeatLimit = mercy == Mercy.None ? random.Pick(0, 1, 8, 1000, 1000) : 1000,
            Jitter = () => jitter.Next(1000) / 1000.0,
        };
    }

    private static TargetOffers TargetOffersOf(SimRandom random, InitiatorOffers offers) => new()
    {
        MaxRecvDataSegmentLength = 512 * random.Between(1, 4),
        MaxBurstLength = Math.Max(512 * random.Between(1, 8), offers.FirstBurstLength),
        FirstBurstLength = offers.FirstBurstLength,
        MaxConnections = random.Chance(80) ? 8 : random.Between(1, 2),
        DefaultTime2Wait = 0,
        DefaultTime2Retain = 60,
        ErrorRecoveryLevel = 2,
    };

    private static TargetSessionOptions TargetOptionsOf(SimRandom random, Mercy mercy) => new()
    {
        WindowDepth = random.Pick(2, 8, 16, 32),
        DataBudgetBytes = random.Pick(4096, 16384, 65536),
        RetransmissionBytes = random.Pick(0, 4096, 65536),
        MaxImmediateCommands = random.Pick(2, 16),
        DrainTimeout = TimeSpan.FromSeconds(random.Pick(1, 5)),
        IdleBeforeProbe = TimeSpan.FromSeconds(mercy == Mercy.None ? random.Pick(2, 15) : 15),
    };

    private static PairLoad LoadOf(SimRandom random, Mercy mercy) => new()
    {
        InlinePercent = random.Pick(0, 20, 100),
        RereadPercent = mercy == Mercy.None ? random.Pick(100, 80, 0) : 100,
        MostBlocks = random.Pick(4, 16, 48),
        RepeatPercent = mercy == Mercy.None ? random.Pick(0, 50, 100) : random.Pick(0, 50),
        TimeLimitPercent = mercy == Mercy.None ? random.Pick(0, 0, 20) : 0,
        TalkPercent = random.Pick(0, 3, 10),
    };
}

/// <summary>What the caller asks for.</summary>
internal sealed record PairLoad
{
    public int InlinePercent { get; init; }

    /// <summary>Of 100 reads, how many may be run again for their data.</summary>
    public int RereadPercent { get; init; } = 100;

    public int MostBlocks { get; init; } = 16;

    /// <summary>Of 100 writes, how many may run twice; reads always may.</summary>
    public int RepeatPercent { get; init; } = 50;

    /// <summary>Of 100 commands, how many have a short time limit of their own.</summary>
    public int TimeLimitPercent { get; init; }

    /// <summary>Of 100 moments at which something is asked for, at how many a ping or a text exchange is, too.</summary>
    public int TalkPercent { get; init; }
}
