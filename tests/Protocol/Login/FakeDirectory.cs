using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>A directory with one target, which counts who was let in.</summary>
internal sealed class FakeDirectory : ILoginDirectory
{
    public const string Target = "iqn.2024-01.com.example:disk1";
    public const ushort GivenTsih = 77;

    public LoginTargetFacts? Facts { get; set; } = new() { PortalGroupTag = 3 };

    public LoginTargetFacts? Discovery { get; set; } = new();

    public ExistingSession? Existing { get; set; }

    public LoginStatus ExistingStatus { get; set; } = LoginStatus.SessionDoesNotExist;

    public LoginAdmission? Answer { get; set; }

    public List<LoginCandidate> Admitted { get; } = [];

    public List<LoginCandidate> Checked { get; } = [];

    public LoginTargetFacts? FindTarget(string targetName, string initiatorName) => targetName == Target ? Facts : null;

    public LoginTargetFacts? FindDiscovery(string initiatorName) => Discovery;

    public LoginStatus CheckExisting(in LoginCandidate candidate, out ExistingSession? session)
    {
        Checked.Add(candidate);
        session = Existing;
        return ExistingStatus;
    }

    public LoginAdmission Admit(in LoginCandidate candidate)
    {
        Admitted.Add(candidate);
        return Answer ?? LoginAdmission.Accept(GivenTsih, candidate.FirstCmdSN, candidate.FirstCmdSN + 31, this);
    }
}
