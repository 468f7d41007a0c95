/* SPDX-License-Identifier: ISC */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

/*
 * The handlers of all pages, as the routes name them.  Each reads what gate 4
 * left in req->input, makes one core call, and names a template or a redirect.
 */

#include "http/route.h"

/* web_session.c */
handler web_home;
handler web_setup_form, web_setup;
handler web_sign_in_form, web_sign_in, web_sign_out;
handler web_sign_in_code_form, web_sign_in_code;

/* web_confirm.c */
handler web_confirm_form, web_confirm;

/* web_reset.c */
handler web_reset_form, web_reset_ask, web_reset_new, web_reset;

/* web_key_list.c */
handler web_key_list, web_key_csv;

/* web_key_form.c: create, edit, rotate */
handler web_key_new, web_key_create, web_key_edit_form, web_key_edit;
handler web_key_rotate_form, web_key_rotate;

/* web_key_view.c */
handler web_key_view;

/* web_key_act.c: disable, enable, revoke, several at once */
handler web_key_disable_form, web_key_disable;
handler web_key_enable_form, web_key_enable;
handler web_key_revoke_form, web_key_revoke;
handler web_key_end_old;
handler web_key_bulk_form, web_key_bulk;

/* web_overview.c; web_overview_from: the address without its last slash */
handler web_overview, web_overview_from;

/* web_usage.c */
handler web_usage, web_usage_csv;

/* web_request.c; web_why.c: one call, and the same found in whichever
 * workspace of the person it is */
handler web_request_list, web_request_csv, web_request, web_why;

/* web_credit.c */
handler web_credit, web_credit_csv;
handler web_credit_on_form, web_credit_on, web_credit_off_form;
handler web_credit_off, web_credit_top_up_form, web_credit_top_up;
handler web_credit_adjust_form, web_credit_adjust;

/* web_freeze.c */
handler web_freeze_form, web_freeze, web_thaw, web_delete_form, web_delete;

/* web_advice.c: what use says about a key, done and undone */
handler web_advice_apply, web_advice_undo;

/* web_rotation.c: when an old secret ends, and taking a rotation back */
handler web_rotation_form, web_rotation_plan, web_rotation_undo;

/* web_claim.c: links that make the secret of a key that waits */
handler web_claim, web_claim_take;
handler web_claim_form, web_claim_renew, web_claim_withdraw;

/* web_own.c: what a key may and did, for who holds it */
handler web_own_form, web_own;

/* web_leak.c */
handler web_leak_form, web_leak;

/* web_price.c */
handler web_price_list, web_price_add, web_price_remove;

/* web_workspace.c */
handler web_workspace_list, web_workspace_new, web_workspace_create;

/* web_model.c */
handler web_model_list, web_model_new, web_model_add;
handler web_model_edit_form, web_model_edit;
handler web_model_remove_form, web_model_remove;

/* web_deployment.c */
handler web_deployment_list, web_deployment_new, web_deployment_add;
handler web_deployment_edit_form, web_deployment_edit;
handler web_deployment_remove_form, web_deployment_remove;

/* web_limit.c */
handler web_limit_list, web_limit_new, web_limit_add;
handler web_limit_edit_form, web_limit_edit;
handler web_limit_remove_form, web_limit_remove;

/* web_member.c */
handler web_member_list, web_member_view, web_member_role;
handler web_member_keys_form, web_member_keys;
handler web_member_remove_form, web_member_remove;
handler web_member_leave_form, web_member_leave;
handler web_member_transfer_form, web_member_transfer;

/* web_invite.c */
handler web_invite_new, web_invite_create, web_invite_withdraw;
handler web_invite_view, web_invite_accept, web_invite_join;

/* web_service.c */
handler web_service_list, web_service_new, web_service_add;
handler web_service_edit_form, web_service_edit;
handler web_service_remove_form, web_service_remove;

/* web_audit.c */
handler web_audit_list, web_audit_csv;

/* web_account.c */
handler web_account, web_account_name;

/* web_security.c */
handler web_security, web_account_password;
handler web_codes_begin, web_codes_form, web_codes_on, web_recovery_renew;
handler web_codes_off_form, web_codes_off;
handler web_session_end, web_session_end_others;

/* web_alert.c */
handler web_alert_list, web_alert_again;

/* web_admin.c; the pages on the process are web_admin and web_admin_about of
 * web/admin.h */
handler web_admin_mail, web_admin_mail_test, web_admin_mail_again;
handler web_admin_mail_drop_form, web_admin_mail_drop;

/* web_operator.c */
handler web_operator_workspaces, web_operator_workspace, web_operator_freeze;
handler web_operator_thaw, web_operator_restore;
handler web_operator_users, web_operator_user, web_operator_disable;
handler web_operator_enable, web_operator_sign_out, web_operator_on;
handler web_operator_off;

/* web_webhook.c */
handler web_webhook_list, web_webhook_new, web_webhook_create;
handler web_webhook_view, web_webhook_edit_form, web_webhook_edit;
handler web_webhook_rotate_form, web_webhook_rotate;
handler web_webhook_pause, web_webhook_resume, web_webhook_test;
handler web_webhook_remove_form, web_webhook_remove;

/* web_settings.c */
handler web_settings_form, web_settings;

/* web_docs.c; the pages of the APIs are web_docs_api and web_docs_family of
 * web.h */
handler web_docs, web_docs_quickstart, web_docs_session;
handler web_docs_errors, web_docs_error;

#endif
