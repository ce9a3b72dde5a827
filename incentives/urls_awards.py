"""Pages of awards, certificates and benefits."""

from django.urls import URLPattern, URLResolver, path

from incentives.views import awards, benefits, certificates

AWARD = "incentives/awards/<uuid:uid>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("incentives/wall/", awards.wall_of_recognition, name="wall"),
    path("incentives/wall/<uuid:uid>/congratulate/", awards.wall_congratulate, name="wall-congratulate"),
    path("incentives/recognition/", awards.own_recognition, name="own-recognition"),
    path("people/<uuid:uid>/recognition/", awards.person_recognition, name="person-recognition"),
    path("incentives/awards/", awards.award_list, name="award-list"),
    path("incentives/awards/new/", awards.award_new, name="award-new"),
    path(AWARD, awards.award_detail, name="award-detail"),
    path(f"{AWARD}edit/", awards.award_edit, name="award-edit"),
    path(f"{AWARD}delete/", awards.award_delete, name="award-delete"),
    path(f"{AWARD}open/", awards.award_open, name="award-open"),
    path(f"{AWARD}nominate/", awards.award_nominate, name="award-nominate"),
    path(f"{AWARD}vote/", awards.award_vote, name="award-vote"),
    path(f"{AWARD}close/", awards.award_close, name="award-close"),
    path(f"{AWARD}confirm/", awards.award_confirm, name="award-confirm"),
    path(f"{AWARD}certificates/", certificates.certificate_issue, name="certificate-issue"),
    path(f"{AWARD}certificates/<str:language>.zip", certificates.certificate_bundle, name="certificate-bundle"),
    path("incentives/certificates/<uuid:uid>/<str:language>.pdf", certificates.certificate_pdf, name="certificate-pdf"),
    path("incentives/certificates/<uuid:uid>/revoke/", certificates.certificate_revoke, name="certificate-revoke"),
    path("verify/<str:token>/", certificates.certificate_verify, name="certificate-verify"),
    path("incentives/benefits/", benefits.benefit_list, name="benefit-list"),
    path("incentives/benefits/new/", benefits.benefit_new, name="benefit-new"),
    path("incentives/benefits/propose/", benefits.benefit_propose, name="benefit-propose"),
    path("incentives/benefits/decide/", benefits.benefit_decide, name="benefit-decide"),
    path("incentives/benefits/<uuid:uid>/", benefits.benefit_detail, name="benefit-detail"),
    path("incentives/benefits/<uuid:uid>/edit/", benefits.benefit_edit, name="benefit-edit"),
    path("incentives/benefits/<uuid:uid>/grant/", benefits.benefit_grant, name="benefit-grant"),
    path("incentives/grants/<uuid:uid>/use/", benefits.grant_use, name="grant-use"),
    path("incentives/grants/<uuid:uid>/unuse/", benefits.grant_unuse, name="grant-unuse"),
    path("incentives/grants/<uuid:uid>/end/", benefits.grant_end, name="grant-end"),
]
