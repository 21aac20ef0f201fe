using System.Collections.Immutable;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Login;

/// <summary>The initiator's SecurityNegotiation stage: AuthMethod and the exchange of the method chosen (RFC 7143 §6.3.2, §12.1).</summary>
internal sealed class InitiatorSecurity
{
    private readonly ChapInitiatorOptions _options;
    private readonly ChapProver _chap;
    private readonly string[] _methods;

    public InitiatorSecurity(ChapInitiatorOptions options, LoginQuirks quirks, RandomSource random)
    {
        _options = options;
        _methods = options.IsRequired || options.Target is not null ? [ChapAuthentication.Method] : [ChapAuthentication.Method, KeyConstant.None];
        ImmutableArray<ChapAlgorithm> algorithms =
        [
            .. options.Policy.Algorithms.Where(ChapHash.IsAvailable)
                .Where(it => it != Authentication.ChapAlgorithm.Sha256 || !quirks.HasFlag(LoginQuirks.NoChapSha256)),
        ];
        _chap = new ChapProver(options, algorithms, random);
    }

    /// <summary>The method agreed, or null.</summary>
    public string? Method { get; private set; }

    public ChapAlgorithm? ChapAlgorithm => _chap.Algorithm;

    public bool IsTargetAuthenticated => _chap.IsTargetAuthenticated;

    /// <summary>True when nothing more is to be proved.</summary>
    public bool IsComplete => Method == KeyConstant.None || _chap.IsComplete;

    /// <summary>True when the next request asks for the next stage: what is missing then can only come from the target (§6.3.2).</summary>
    public bool WantsTransit => IsComplete || _chap.HasProved;

    /// <summary>Says what methods there are.</summary>
    public void Open(KeyAnswers request) => request.Add(KeyName.AuthMethod, string.Join(',', _methods));

    /// <summary>Takes the security keys of one response.</summary>
    /// <param name="keys">AuthMethod and the keys of CHAP.</param>
    /// <param name="answers">Takes what is to be sent.</param>
    /// <returns>A failure, or null.</returns>
    public InitiatorLoginFailure? OnKeys(List<OfferedKey> keys, KeyAnswers answers)
    {
        List<TextPair> exchange = [];
        foreach (OfferedKey key in keys)
        {
            if (key.Name == KeyName.AuthMethod)
            {
                if (Select(key.Value, answers) is { } failure)
                {
                    return failure;
                }
            }
            else if (!ValueSyntax.IsLegal(key.Row!, key.Value))
            {
                return InitiatorLoginFailure.BrokenRule("7143/12.1.3", $"{key.Name} has an illegal value");
            }
            else
            {
                exchange.Add(new(key.Name, key.Value));
            }
        }

        return Method is null ? InitiatorLoginFailure.BrokenRule("7143/6.3.2", "the target does not answer AuthMethod")
            : exchange.Count > 0 ? Exchange(exchange, keys.Count > exchange.Count, answers)
            : null;
    }

    /// <summary>The target is ready for the next stage: is everything proved?</summary>
    public InitiatorLoginFailure? OnTransit() => IsComplete ? null
        : _chap.HasProved ? new(LoginFailureKind.NotAuthenticated, $"the target does not prove itself as '{_options.Target?.Name}' (RFC 7143/12.1.3)")
        : InitiatorLoginFailure.BrokenRule("7143/6.3.2", "the target leaves the security stage before its method is through");

    private InitiatorLoginFailure? Select(string value, KeyAnswers answers)
    {
        if (value == KeyConstant.Reject)
        {
            return new(LoginFailureKind.NotAuthenticated, $"the target takes none of the authentication methods {string.Join(',', _methods)} (RFC 7143/12.1)");
        }

        if (!_methods.Contains(value))
        {
            return InitiatorLoginFailure.BrokenRule("7143/6.2.1", "the target chooses an AuthMethod that we did not offer");
        }

        Method = value;
        if (value == ChapAuthentication.Method)
        {
            answers.Add(_chap.Open());
        }

        return null;
    }

    private InitiatorLoginFailure? Exchange(List<TextPair> exchange, bool tooEarly, KeyAnswers answers)
    {
        if (tooEarly || Method != ChapAuthentication.Method)
        {
            return InitiatorLoginFailure.BrokenRule("7143/12.1.3", $"{exchange[0].Key} came before CHAP had begun");
        }

        return _chap.OnKeys(exchange, answers) is not { } fault ? null
            : new(fault.IsWrongProof ? LoginFailureKind.NotAuthenticated : LoginFailureKind.TargetBrokeRule, fault.Why);
    }
}
