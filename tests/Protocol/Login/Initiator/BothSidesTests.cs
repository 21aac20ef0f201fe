using System.Collections.Immutable;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>
/// Goal: our initiator and our target always end in agreement, or in a refusal that both can explain. Method: random offers, policies and credentials on both
/// sides, by seed.
/// </summary>
public class BothSidesTests
{
    private static readonly ChapCredential User = new("alice", ChapSecret.FromText("a secret of sixteen"));
    private static readonly ChapCredential Storage = new("storage", ChapSecret.FromText("another secret of it"));

    [Fact]
    [Rule("7143/6.2")]
    public void The_defaults_of_both_sides_agree()
    {
        (InitiatorLoginStep last, LoginStep answer) = Run(InitiatorDialogue.Plan(), new FakeDirectory(), new TargetOffers());

        AssertAgreement(last, answer);
        Assert.Equal(2, last.Outcome!.SessionParameters.ErrorRecoveryLevel);
        Assert.Equal(DigestKind.None, last.Outcome.ConnectionParameters.HeaderDigest);
        Assert.Equal(FakeDirectory.GivenTsih, last.Outcome.Tsih);
        Assert.Equal((ushort)3, last.Outcome.PortalGroupTag!.Value);
        Assert.Empty(last.Outcome.Notes);
    }

    [Theory]
    [InlineData(ChapAlgorithm.Md5)]
    [InlineData(ChapAlgorithm.Sha1)]
    [InlineData(ChapAlgorithm.Sha256)]
    [InlineData(ChapAlgorithm.Sha3With256)]
    [Rule("7143/12.1.3")]
    public void Both_sides_prove_themselves_with_every_hash(ChapAlgorithm algorithm)
    {
        ChapPolicy only = new() { Algorithms = [algorithm] };
        LoginPlan plan = InitiatorDialogue.Plan() with { Credentials = new() { Own = User, Target = Storage } };

        (InitiatorLoginStep last, LoginStep answer) = Run(plan, Guarded(only), new TargetOffers());

        AssertAgreement(last, answer);
        Assert.Equal(("CHAP", (ChapAlgorithm?)algorithm, true), (last.Outcome!.AuthenticationMethod, last.Outcome.ChapAlgorithm, last.Outcome.IsTargetAuthenticated));
        Assert.Equal("alice", answer.Outcome!.AuthenticatedName);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void Random_offers_end_in_agreement_or_in_a_reason_on_both_sides()
    {
        int agreed = 0, refused = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            Random random = new(seed);
            LoginPlan plan = RandomPlan(random);
            FakeDirectory directory = RandomDirectory(random, plan);
            (InitiatorLoginStep last, LoginStep answer) = Run(plan, directory, RandomTargetOffers(random));
            if (last.Outcome is null)
            {
                refused++;
                Assert.False(string.IsNullOrEmpty(last.Failure!.Why), $"seed {seed}");
                Assert.True(answer.Why is not null || last.Failure.Kind is LoginFailureKind.NotAuthenticated or LoginFailureKind.PolicyNotMet, $"seed {seed}: {last.Failure.Why}");
                continue;
            }

            agreed++;
            AssertAgreement(last, answer);
        }

        Assert.InRange(agreed, 500, 2900);
        Assert.InRange(refused, 100, 2500);
    }

    private static void AssertAgreement(InitiatorLoginStep last, LoginStep answer)
    {
        Assert.Null(last.Failure?.Why);
        Assert.Null(answer.Why);
        InitiatorLoginOutcome ours = last.Outcome!;
        LoginOutcome theirs = answer.Outcome!;
        Assert.Equal(theirs.SessionParameters, ours.SessionParameters);
        Assert.Equal(
            theirs.ConnectionParameters,
            ours.ConnectionParameters with
            {
                MaxRecvDataSegmentLength = ours.ConnectionParameters.PeerMaxRecvDataSegmentLength,
                PeerMaxRecvDataSegmentLength = ours.ConnectionParameters.MaxRecvDataSegmentLength,
            });
        Assert.Equal(theirs.NextStatSN, ours.NextStatSN);
        Assert.Equal(theirs.Tsih, ours.Tsih);
    }

    /// <summary>Both sides until one of them is through; the last step of each.</summary>
    private static (InitiatorLoginStep Last, LoginStep Answer) Run(LoginPlan plan, FakeDirectory directory, TargetOffers offers)
    {
        InitiatorLogin initiator = new(plan, InitiatorDialogue.Counting(1));
        TargetLogin target = new(directory, offers, LoginLimits.Default, new Serial32(uint.MaxValue));
        InitiatorLoginStep step = initiator.Start();
        for (int round = 0; ; round++)
        {
            Assert.True(round < 20, "no end");
            LoginStep answer = target.OnRequest(step.Request, step.Numbers, step.Data.Span);
            step = initiator.OnResponse(answer.Response, answer.Numbers, answer.Data.Span);
            if (step.Next != InitiatorLoginNext.Send)
            {
                return (step, answer);
            }
        }
    }

    private static FakeDirectory Guarded(ChapPolicy policy, ChapCredential? target = null) => new()
    {
        Facts = new()
        {
            PortalGroupTag = 3,
            Authentication = new ChapAuthentication(
                new() { Accounts = [new(User)], Target = target ?? Storage, Policy = policy }, LoginDialogue.Initiator, InitiatorDialogue.Counting(99)),
        },
    };

    private static FakeDirectory RandomDirectory(Random random, LoginPlan plan)
    {
        FakeDirectory directory = random.Next(4) == 0 ? Guarded(ChapPolicy.Default) : new FakeDirectory();
        directory.Facts = directory.Facts! with { Alias = random.Next(3) == 0 ? "disk" : null };
        if (plan.Existing is { } existing)
        {
            (directory.Existing, directory.ExistingStatus) = (new(existing, new Serial32(9), new Serial32(40)), LoginStatus.Success);
            directory.Answer = LoginAdmission.Accept(plan.Tsih, new Serial32(9), new Serial32(40), null);
        }

        return directory;
    }

    private static LoginPlan RandomPlan(Random random)
    {
        LoginPlan plan = InitiatorDialogue.Plan() with { Offers = RandomOffers(random) };
        plan = random.Next(5) switch
        {
            0 => plan with { SessionType = SessionType.Discovery, TargetName = random.Next(2) == 0 ? null : plan.TargetName },
            1 => plan with { Tsih = 5, Cid = 2, Existing = new SessionParameters { MaxConnections = 4, ErrorRecoveryLevel = 2 } },
            _ => plan,
        };
        return random.Next(3) != 0 ? plan : plan with
        {
            Credentials = new() { Own = random.Next(4) == 0 ? new("mallory", User.Secret) : User, Target = random.Next(2) == 0 ? Storage : null, IsRequired = random.Next(2) == 0 },
        };
    }

    private static InitiatorOffers RandomOffers(Random random)
    {
        int burst = Number(random, 512, 1 << 24);
        return new()
        {
            MaxConnections = Number(random, 1, 65536), InitialR2T = Flag(random), ImmediateData = Flag(random), MaxBurstLength = burst,
            FirstBurstLength = Number(random, 512, burst + 1), MaxRecvDataSegmentLength = Number(random, 512, 1 << 24), DefaultTime2Wait = random.Next(3601),
            DefaultTime2Retain = random.Next(3601), MaxOutstandingR2T = Number(random, 1, 65536), DataPDUInOrder = Flag(random),
            DataSequenceInOrder = Flag(random), ErrorRecoveryLevel = random.Next(3), ProtocolLevel = random.Next(1, 4),
            HeaderDigest = (DigestPolicy)random.Next(4), DataDigest = (DigestPolicy)random.Next(4), TaskReporting = Reporting(random, atLeastRfc3720: false),
        };
    }

    private static TargetOffers RandomTargetOffers(Random random)
    {
        int burst = Number(random, 512, 1 << 24);
        return new()
        {
            MaxConnections = random.Next(1, 33), InitialR2T = Flag(random), ImmediateData = Flag(random), MaxBurstLength = burst,
            FirstBurstLength = Number(random, 512, burst + 1), MaxRecvDataSegmentLength = Number(random, 512, 1 << 24), DefaultTime2Wait = random.Next(3601),
            DefaultTime2Retain = random.Next(3601), MaxOutstandingR2T = random.Next(1, 17), DataPDUInOrder = Flag(random), DataSequenceInOrder = Flag(random),
            ErrorRecoveryLevel = random.Next(3), ProtocolLevel = random.Next(1, 3), HeaderDigest = (DigestPolicy)random.Next(4),
            DataDigest = (DigestPolicy)random.Next(4), TaskReporting = Reporting(random, atLeastRfc3720: true),
        };
    }

    private static ImmutableArray<TaskReporting> Reporting(Random random, bool atLeastRfc3720)
    {
        TaskReporting[] all = [TaskReporting.FastAbort, TaskReporting.ResponseFence, TaskReporting.Rfc3720];
        TaskReporting[] some = [.. all.Where(each => random.Next(2) == 0 || (atLeastRfc3720 && each == TaskReporting.Rfc3720))];
        return some.Length == 0 ? [TaskReporting.Rfc3720] : [.. some];
    }

    private static bool Flag(Random random) => random.Next(2) == 0;

    // Small numbers as likely as large ones.
    private static int Number(Random random, int from, int beyond) => random.Next(from, Math.Max(from + 1, Math.Min(beyond, random.Next(3) == 0 ? beyond : from * 8)));
}
